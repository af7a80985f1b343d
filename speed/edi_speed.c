/* The compiled judge: of which units of a transaction no rule, and no check of codes, has anything to say.

   It answers "silent" or "not sure", and never what is wrong: that, and all words, are the business of edi.guides.rules.judging,
   which looks again at what is not silent. So it may be stricter than that, and is never laxer. What a rule is, and where
   segments go, it is told by edi.guides.rules.speed as tuples, when it first meets them. Nothing is allocated for a segment: the
   text is divided once, and what stands in a unit is forgotten when the unit is closed. */

#include "judge.h"
#include "link.h"

#define KNOWN_ROOM 65536 /* twice as much as is remembered */

static PyObject *silent(Judge *judge, PyObject *arguments)
{
    Py_buffer data, around;
    Py_ssize_t start, stop;
    if (!PyArg_ParseTuple(arguments, "y*nny*", &data, &start, &stop, &around))
        return NULL;
    PyObject *answer = NULL, *pieces = NULL, *sums = NULL;
    if (start < 0 || stop > data.len || start > stop) {
        PyErr_SetString(PyExc_ValueError, "no such part");
        goto out;
    }
    judge->bounds.used = judge->segments.used = judge->loops.used = judge->units.used = judge->todo.used = judge->pieces.used = 0;
    for (int32_t n = 0; n < judge->shares.used; n++)
        judge->sums.at[n] = judge->decimals.at[n] = 0;
    At here = {0, loop_opened(judge, 0, -1)};
    if (here.loop < 0 || !ADDED(judge->units))
        goto out;
    LAST(judge->units) = (Unit){.loop = here.loop, .summed = 1};
    Hand hand;
    const char *end, *text = data.buf;
    if (laid_out(judge, &here, around.buf, around.buf, (const char *)around.buf + around.len, 0, &hand, &end) == NULL)
        goto out;
    const char *until = laid_out(judge, &here, text, text + start, text + stop, 1, &hand, &end);
    if (until == NULL)
        goto out;
    pieces = PyTuple_New(judge->pieces.used);
    sums = PyTuple_New(judge->shares.used);
    if (pieces == NULL || sums == NULL)
        goto out;
    for (int32_t n = 0; n < judge->pieces.used; n++) {
        const Piece *piece = &judge->pieces.at[n];
        PyObject *each = Py_BuildValue("nni", piece->start, piece->stop, (int)piece->before);
        if (each == NULL || PyTuple_SetItem(pieces, n, each) < 0)
            goto out;
    }
    for (int32_t n = 0; n < judge->shares.used; n++) {
        PyObject *each = Py_BuildValue("Li", (long long)judge->sums.at[n], (int)judge->decimals.at[n]);
        if (each == NULL || PyTuple_SetItem(sums, n, each) < 0)
            goto out;
    }
    answer = Py_BuildValue("nniOO", (Py_ssize_t)(until - text), (Py_ssize_t)(end - text), (int)hand.before, pieces, sums);
out:
    Py_XDECREF(pieces);
    Py_XDECREF(sums);
    PyBuffer_Release(&data);
    PyBuffer_Release(&around);
    return answer;
}

int delimiter_told(PyObject *told, Py_ssize_t place, char *delimiter)
{
    char *at;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(PyTuple_GetItem(told, place), &at, &size) < 0)
        return -1;
    if (size)
        *delimiter = *at;
    return (int)size;
}

/* Judge((element, component, segment, repetition), width, enter, rules, learn, alike, checks, shares, services, modern) */
static PyObject *made(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *delimiters, *enter, *rules, *learn, *alike, *checks, *shares, *services;
    const char *modern;
    Py_ssize_t size;
    int width;
    (void)named;
    if (!PyArg_ParseTuple(arguments, "O!iOOOOO!O!O!y#", &PyTuple_Type, &delimiters, &width, &enter, &rules, &learn, &alike,
                          &PyTuple_Type, &checks, &PyTuple_Type, &shares, &PyTuple_Type, &services, &modern, &size))
        return NULL;
    if (size != 8) {
        PyErr_SetString(PyExc_ValueError, "a day has eight digits");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Judge *judge = (Judge *)allocate(type, 0); /* all zero */
    if (judge == NULL)
        return NULL;
    judge->enter = Py_NewRef(enter);
    judge->rules = Py_NewRef(rules);
    judge->learn = Py_NewRef(learn);
    judge->alike = Py_NewRef(alike);
    judge->kept = PyList_New(0);
    judge->width = width < 512 ? width : 512;
    memcpy(judge->modern, modern, 8);
    judge->known_room = KNOWN_ROOM;
    judge->known = calloc((size_t)judge->known_room, sizeof *judge->known);
    memset(judge->id_of, -1, sizeof judge->id_of);
    if (judge->kept == NULL || judge->known == NULL || delimiter_told(delimiters, 0, &judge->element) != 1 ||
        delimiter_told(delimiters, 1, &judge->component) != 1 || delimiter_told(delimiters, 2, &judge->segment) != 1)
        goto failed;
    judge->repeats = delimiter_told(delimiters, 3, &judge->repetition);
    if (judge->repeats < 0 || !checks_told(judge, checks) || !shares_told(judge, shares) ||
        !services_told(judge, services))
        goto failed;
    return (PyObject *)judge;
failed:
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "delimiters are one byte each");
    Py_DECREF(judge);
    return NULL;
}

static int visited(Judge *judge, visitproc visit, void *arg)
{
    Py_VISIT((PyObject *)Py_TYPE((PyObject *)judge));
    Py_VISIT(judge->enter);
    Py_VISIT(judge->rules);
    Py_VISIT(judge->learn);
    Py_VISIT(judge->alike);
    return 0;
}

static int cleared(Judge *judge)
{
    Py_CLEAR(judge->enter);
    Py_CLEAR(judge->rules);
    Py_CLEAR(judge->learn);
    Py_CLEAR(judge->alike);
    Py_CLEAR(judge->kept);
    return 0;
}

void given_back(PyObject *object, void *const *arrays, size_t count)
{
    PyTypeObject *type = Py_TYPE(object);
    for (size_t n = 0; n < count; n++)
        free(arrays[n]);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static void gone(Judge *judge)
{
    PyObject_GC_UnTrack((PyObject *)judge);
    cleared(judge);
    void *all[] = {
        judge->ids.at, judge->checks_of.at, judge->checks.at, judge->table.at, judge->entered.at, judge->choices.at,
        judge->coded.at, judge->numbers.at, judge->texts.at, judge->routes.at, judge->terms.at, judge->rules_of.at,
        judge->waiting.at, judge->shares.at, judge->bounds.at, judge->segments.at, judge->loops.at, judge->units.at,
        judge->todo.at, judge->pieces.at, judge->sums.at, judge->decimals.at, judge->known, judge->known_text.at,
    };
    given_back((PyObject *)judge, all, sizeof all / sizeof *all);
}

static PyMethodDef methods[] = {
    {"silent", (PyCFunction)silent, METH_VARARGS,
     "silent(data, start, stop, around) -> (until, end, segments, pieces, sums)\n\n"
     "How far whole units are silent: up to `until`, that is so many segments; from there to `end` stands what is not.\n"
     "`around` are the segments of what is open before them. Pieces (start, stop, segments before) are of units that are\n"
     "still open at `until`; sums (ten-thousandths, decimals) are what the silent units add."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_new, made},         {Py_tp_dealloc, gone},      {Py_tp_traverse, visited},
    {Py_tp_clear, cleared},    {Py_tp_methods, methods},   {Py_tp_doc, "Says of which units no rule has anything to say."},
    {0, NULL},
};
static PyType_Spec spec = {"edi_speed.Judge", sizeof(Judge), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

static int filled(PyObject *module)
{
    PyObject *judge = PyType_FromSpec(&spec), *linker = PyType_FromSpec(&linker_spec);
    int added = judge == NULL || linker == NULL ? -1 : PyModule_AddObjectRef(module, "Judge", judge);
    if (added == 0)
        added = PyModule_AddObjectRef(module, "Linker", linker);
    Py_XDECREF(judge);
    Py_XDECREF(linker);
    return added < 0 || PyModule_AddIntConstant(module, "PROTOCOL", 8) < 0 ? -1 : 0;
}

static PyMethodDef functions[] = {
    {"paid", payment_paid, METH_VARARGS,
     "paid(raw, delimiters, behind, offset, header, payee, payer, payer_name, claim, harmless) -> tuple | None\n\n"
     "The columns of a payment that pays a claim as it was sent: claim, claim_key, payer_claim, status, frequency, charge,\n"
     "paid, member_key, the claim's lines that it pays, record. None where it is not sure that it does. `delimiters` are two,\n"
     "of elements and components; `header` is the JSON of what all payments of its remittance say; `payee` an NPI; `claim`\n"
     "the JSON of the claim of its number; `harmless(group, reason)` says whether an adjustment never denies."},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, filled}, {0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "edi_speed", "The compiled judge and linker of edi-authlink.", 0, functions, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_edi_speed(void)
{
    return PyModuleDef_Init(&module);
}
