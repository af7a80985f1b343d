/* What the judge is told by edi.guides.rules.speed, when it first meets it: states, rules, checks, sums. */

#include "judge.h"

static int text_of(Judge *judge, PyObject *told, Text *text)
{
    char *at;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(told, &at, &size) < 0 || PyList_Append(judge->kept, told) < 0)
        return 0;
    text->at = at;
    text->size = (int32_t)size;
    return 1;
}

static PyObject *item(PyObject *tuple, Py_ssize_t place)
{
    return tuple == NULL ? NULL : PyTuple_GetItem(tuple, place); /* borrowed; an exception where it is no tuple, or too short */
}

static int32_t whole(PyObject *tuple, Py_ssize_t place)
{
    PyObject *told = item(tuple, place);
    return told == NULL ? -1 : (int32_t)PyLong_AsLong(told);
}

/* Numbers of a tuple in a row; how many, or -1. */
static int32_t numbers_of(Judge *judge, PyObject *told, int32_t *first)
{
    Py_ssize_t count = PyTuple_Size(told);
    *first = judge->numbers.used;
    for (Py_ssize_t n = 0; n < count; n++) {
        if (!ADDED(judge->numbers))
            return -1;
        LAST(judge->numbers) = whole(told, n);
    }
    return (int32_t)count;
}

static int32_t texts_of(Judge *judge, PyObject *told, int32_t *first)
{
    Py_ssize_t count = PyTuple_Size(told);
    *first = judge->texts.used;
    for (Py_ssize_t n = 0; n < count; n++) {
        if (!ADDED(judge->texts) || !text_of(judge, item(told, n), &LAST(judge->texts)))
            return -1;
    }
    return (int32_t)count;
}

static int32_t route_of(Judge *judge, PyObject *told)
{
    if (told == Py_None)
        return -1;
    Route route = {
        .hops = whole(told, 0), .start = whole(told, 1), .within = whole(told, 2), .component = whole(told, 7),
        .alone = whole(told, 8),
    };
    route.loop_count = numbers_of(judge, item(told, 3), &route.loops);
    route.key_count = numbers_of(judge, item(told, 4), &route.keys);
    route.element_count = numbers_of(judge, item(told, 6), &route.elements);
    if (PyErr_Occurred() || !text_of(judge, item(told, 5), &route.pick) || !ADDED(judge->routes))
        return -1;
    LAST(judge->routes) = route;
    return judge->routes.used - 1;
}

/* A term is told as (kind, which, negated, lenient, route, other, number, text, codes, children). */
static int32_t term_of(Judge *judge, PyObject *told)
{
    Term term = {
        .kind = whole(told, 0), .which = whole(told, 1), .negated = whole(told, 2), .lenient = whole(told, 3),
        .child = -1, .next = -1,
    };
    if (PyErr_Occurred())
        return -1;
    term.route = route_of(judge, item(told, 4));
    term.other = route_of(judge, item(told, 5));
    term.number = PyLong_AsLongLong(item(told, 6));
    term.count = texts_of(judge, item(told, 8), &term.codes);
    if (PyErr_Occurred() || !text_of(judge, item(told, 7), &term.text) || !ADDED(judge->terms))
        return -1;
    int32_t number = judge->terms.used - 1, last = -1;
    judge->terms.at[number] = term;
    PyObject *children = item(told, 9);
    Py_ssize_t count = PyTuple_Size(children);
    for (Py_ssize_t n = 0; n < count; n++) {
        int32_t child = term_of(judge, item(children, n));
        if (child < 0)
            return -1;
        if (last < 0)
            judge->terms.at[number].child = child;
        else
            judge->terms.at[last].next = child;
        last = child;
    }
    return PyErr_Occurred() ? -1 : number;
}

/* The rules that wait for one thing, each told as (keys, term). */
int rules_told(Judge *judge, int32_t number)
{
    PyObject *told = PyObject_CallFunction(judge->rules, "i", (int)number);
    if (told == NULL)
        return 0;
    Range range = {judge->rules_of.used, 0};
    Py_ssize_t count = PyTuple_Size(told);
    for (Py_ssize_t n = 0; n < count; n++) {
        PyObject *each = item(told, n);
        Rule rule = {.term = term_of(judge, item(each, 1))};
        rule.key_count = numbers_of(judge, item(each, 0), &rule.keys);
        if (rule.term < 0 || PyErr_Occurred() || !ADDED(judge->rules_of))
            break;
        LAST(judge->rules_of) = rule;
        range.count++;
    }
    Py_DECREF(told);
    if (PyErr_Occurred())
        return 0;
    judge->waiting.at[number] = range;
    return 1;
}

/* The number of an id, which it is given when it is first told. */
static int32_t id_told(Judge *judge, PyObject *told)
{
    char *at;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(told, &at, &size) < 0)
        return -1;
    uint32_t id = packed(at, size);
    int32_t place = id_place(judge, id);
    if (judge->id_of[place] < 0) {
        if (judge->ids.used >= judge->width) {
            PyErr_SetString(PyExc_ValueError, "too many ids of segments");
            return -1;
        }
        if (!ADDED(judge->ids) || !ADDED(judge->checks_of))
            return -1;
        LAST(judge->ids) = id;
        LAST(judge->checks_of) = -1;
        judge->id_of[place] = (int16_t)(judge->ids.used - 1);
    }
    return judge->id_of[place];
}

/* Where segments of an id go: None, (up, to, key, opens, unit, waiting, opened), or (element, component, codes, choices,
   rest). */
static int32_t choice_of(Judge *judge, PyObject *told)
{
    if (told == NULL || !ADDED(judge->choices))
        return -1;
    int32_t number = judge->choices.used - 1;
    Choice choice = {.kind = NOWHERE};
    if (told != Py_None && PyTuple_Size(told) == 7) {
        choice = (Choice){
            .kind = MOVE, .up = whole(told, 0), .to = whole(told, 1), .key = whole(told, 2), .opens = whole(told, 3),
            .unit = whole(told, 4), .waiting = whole(told, 5), .opened = whole(told, 6),
        };
    } else if (told != Py_None) {
        PyObject *codes = item(told, 2), *choices = item(told, 3);
        choice = (Choice){.kind = BY_CODE, .element = whole(told, 0), .component = whole(told, 1), .codes = judge->coded.used};
        choice.count = (int32_t)PyTuple_Size(codes);
        for (int32_t n = 0; n < choice.count; n++) {
            if (!ADDED(judge->coded) || !text_of(judge, item(codes, n), &LAST(judge->coded).code))
                return -1;
        }
        for (int32_t n = 0; n < choice.count; n++) {
            int32_t inner = choice_of(judge, item(choices, n));
            if (inner < 0)
                return -1;
            judge->coded.at[choice.codes + n].choice = inner;
        }
        choice.rest = choice_of(judge, item(told, 4));
        if (choice.rest < 0)
            return -1;
    }
    judge->choices.at[number] = choice;
    return PyErr_Occurred() ? -1 : number;
}

/* A state is told as ((id, choice), ...) when a segment is first met in it. */
int state_told(Judge *judge, int32_t state)
{
    while (judge->entered.used <= state) {
        if (!ADDED(judge->entered))
            return 0;
        LAST(judge->entered) = 0;
        for (int32_t n = 0; n < judge->width; n++) {
            if (!ADDED(judge->table))
                return 0;
            LAST(judge->table) = -1;
        }
    }
    PyObject *told = PyObject_CallFunction(judge->enter, "i", (int)state);
    if (told == NULL)
        return 0;
    Py_ssize_t count = PyTuple_Size(told);
    for (Py_ssize_t n = 0; n < count && !PyErr_Occurred(); n++) {
        PyObject *each = item(told, n);
        int32_t id = id_told(judge, item(each, 0)), choice = choice_of(judge, item(each, 1));
        if (id >= 0 && choice >= 0)
            judge->table.at[state * judge->width + id] = choice;
    }
    Py_DECREF(told);
    judge->entered.at[state] = 1;
    return !PyErr_Occurred();
}

/* Checks are told by segment id: (id, ((number, element, other, qualifiers), ...)). */
int checks_told(Judge *judge, PyObject *told)
{
    Py_ssize_t count = PyTuple_Size(told);
    for (Py_ssize_t n = 0; n < count; n++) {
        PyObject *each = item(told, n), *checks = each ? item(each, 1) : NULL;
        int32_t id = each ? id_told(judge, item(each, 0)) : -1;
        if (id < 0 || checks == NULL)
            return 0;
        for (Py_ssize_t m = PyTuple_Size(checks) - 1; m >= 0; m--) {
            PyObject *one = item(checks, m);
            Check check = {.number = whole(one, 0), .element = whole(one, 1), .other = whole(one, 2)};
            check.count = texts_of(judge, item(one, 3), &check.qualifiers);
            check.next = judge->checks_of.at[id];
            if (PyErr_Occurred() || !ADDED(judge->checks))
                return 0;
            LAST(judge->checks) = check;
            judge->checks_of.at[id] = judge->checks.used - 1;
        }
    }
    return !PyErr_Occurred();
}

/* Shares are told as (loop around, loop, amount). */
int shares_told(Judge *judge, PyObject *told)
{
    Py_ssize_t count = PyTuple_Size(told);
    for (Py_ssize_t n = 0; n < count; n++) {
        PyObject *each = item(told, n);
        Share share = {whole(each, 0), whole(each, 1), term_of(judge, item(each, 2))};
        if (share.term < 0 || PyErr_Occurred() || !ADDED(judge->shares) || !ADDED(judge->sums) || !ADDED(judge->decimals))
            return 0;
        LAST(judge->shares) = share;
    }
    return !PyErr_Occurred();
}

int services_told(Judge *judge, PyObject *told)
{
    judge->service_count = texts_of(judge, told, &judge->services);
    return judge->service_count >= 0 && !PyErr_Occurred();
}
