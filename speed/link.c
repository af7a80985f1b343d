/* The compiled linker: of claims (837P) that are plain it says what links them, or that it is not sure.

   It is the fast way of edi.linkage.clear, and as that is stricter than edi.linkage.matching and never laxer. It is told of claims by
   their bytes, of authorizations by the JSON of their records, and gives plain tuples: words, and whatever it is not sure of,
   are the business of edi.linkage.compiled. */

#include "link.h"

/* Whether the charge of CLM at hand is an amount. */
static int charged(const Linker *linker, const char *at, const char *end)
{
    int digits = 0, points = 0;
    for (at += 4; at < end && *at != linker->element && *at != linker->segment; at++)
        ;
    if (at == end || *at == linker->segment)
        return 0;
    for (at++; at < end && ((*at >= '0' && *at <= '9') || *at == '.'); at++) {
        digits += *at != '.';
        points += *at == '.';
    }
    return at < end && (*at == linker->element || *at == linker->segment) && points <= 1 && digits > 0 && digits <= 40;
}

/* The segments of a run as levels and claims: 1, 0 where one stands where it should not, -1 with an exception set. */
static int run_read(Linker *linker, const char *data, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t base, int32_t *above)
{
    const char *at = data + start, *end = data + stop, *begin = NULL;
    int level = 0;
    for (;;) {
        int hl = end - at > 3 && memcmp(at, "HL", 2) == 0 && at[2] == linker->element;
        int clm = end - at > 4 && memcmp(at, "CLM", 3) == 0 && at[3] == linker->element;
        if ((begin == NULL && !hl && !clm) || (clm && !charged(linker, at, end)))
            return 0;
        if (begin != NULL && (hl || clm || at == end)) {
            Py_ssize_t offset = base + (begin - data);
            if (level) {
                if (!level_read(linker, begin, at, offset))
                    return -1;
                int code = LAST(linker->levels).code;
                if (!code || (code > BILLING && above[code - 2] < 0))
                    return 0;
                above[code - 1] = linker->levels.used - 1;
                for (int n = code; n < 3; n++)
                    above[n] = -1;
            }
            else if (above[1] < 0)
                return 0;
            else if (!claim_read(linker, begin, at, offset, above))
                return -1;
        }
        if (at == end)
            return 1;
        if (hl || clm) {
            begin = at;
            level = hl;
        }
        at = memchr(at, linker->segment, (size_t)(end - at));
        if (at == NULL || end - at < linker->end_size || memcmp(at, linker->end, (size_t)linker->end_size) != 0)
            return 0;
        at += linker->end_size;
    }
}

/* Keeps what holds texts. */
static int held_on_to(Linker *linker, PyObject *object)
{
    return PyList_Append(linker->kept, object) == 0;
}

static PyObject *add(Linker *linker, PyObject *arguments)
{
    PyObject *data, *levels;
    Py_ssize_t start, stop, base, size;
    char *text;
    if (!PyArg_ParseTuple(arguments, "SnnnO!", &data, &start, &stop, &base, &PyTuple_Type, &levels))
        return NULL;
    if (PyBytes_AsStringAndSize(data, &text, &size) < 0)
        return NULL;
    if (start < 0 || stop > size || start > stop) {
        PyErr_SetString(PyExc_ValueError, "no such part");
        return NULL;
    }
    int32_t before[] = {linker->levels.used, linker->claims.used, linker->lines.used, linker->givers.used, linker->others.used};
    int32_t above[3] = {-1, -1, -1};
    int read = held_on_to(linker, data) ? 1 : -1;
    for (Py_ssize_t n = 0; read > 0 && n < PyTuple_Size(levels); n++) {
        char *level;
        PyObject *each = PyTuple_GetItem(levels, n);
        if (PyBytes_AsStringAndSize(each, &level, &size) < 0 || !held_on_to(linker, each) ||
            !level_read(linker, level, level + size, -1))
            return NULL;
        int code = LAST(linker->levels).code;
        read = code == (int)n + 1;
        if (read)
            above[n] = linker->levels.used - 1;
    }
    if (read > 0)
        read = run_read(linker, text, start, stop, base, above);
    if (read < 0)
        return NULL;
    if (!read) {
        linker->levels.used = before[0];
        linker->claims.used = before[1];
        linker->lines.used = before[2];
        linker->givers.used = before[3];
        linker->others.used = before[4];
    }
    if (!read)
        return Py_NewRef(Py_None);
    return Py_BuildValue("ii", (int)(linker->claims.used - before[1]), (int)(linker->levels.used - before[0]));
}

static PyObject *pass(Linker *linker, PyObject *unused)
{
    (void)unused;
    if (!ADDED(linker->claims))
        return NULL;
    LAST(linker->claims) = (Claim){.above = {-1, -1, -1}, .lines = linker->lines.used};
    return Py_NewRef(Py_None);
}

static int name_put(PyObject *names, Text text)
{
    char folded[NAME_SIZE];
    int size = 0;
    if (text.size > NAME_SIZE)
        return -1;
    for (int32_t n = 0; n < text.size; n++)
        if (alphanumeric(text.at[n]))
            folded[size++] = upper(text.at[n]);
    if (!size)
        return 0;
    PyObject *name = PyUnicode_FromStringAndSize(folded, size);
    int done = name == NULL ? -1 : PySet_Add(names, name);
    Py_XDECREF(name);
    return done < 0 ? -2 : 0;
}

static int person_put(PyObject *names, const Who *who)
{
    char text[NAME_SIZE + 8];
    int size = who->birth ? folded_name(who->last, text) : 0;
    if (size <= 0)
        return 0;
    int32_t day = who->birth;
    for (int n = 7; n >= 0; n--, day /= 10)
        text[size + n] = (char)('0' + day % 10);
    PyObject *name = PyUnicode_FromStringAndSize(text, size + 8);
    int done = name == NULL ? -1 : PySet_Add(names, name);
    Py_XDECREF(name);
    return done < 0 ? -2 : 0;
}

static PyObject *names(Linker *linker, PyObject *unused)
{
    (void)unused;
    PyObject *found = PySet_New(NULL);
    for (int32_t n = 0; found != NULL && n < linker->claims.used; n++) {
        Claim *claim = &linker->claims.at[n];
        if (!claim->plain)
            continue;
        const Level *insured = &linker->levels.at[claim->above[1]];
        int put = name_put(found, insured->who.member);
        for (int32_t m = claim->others; !put && m < claim->others + claim->other_count; m++)
            put = name_put(found, linker->others.at[m].member);
        if (!put)
            put = name_put(found, claim->held);
        if (!put)
            put = name_put(found, claim->referral);
        if (!put)
            put = person_put(found, &linker->levels.at[claim->above[claim->above[2] >= 0 ? 2 : 1]].who);
        if (put == -1)
            claim->plain = 0;
        else if (put)
            Py_CLEAR(found);
    }
    return found;
}

static PyObject *claims(Linker *linker, PyObject *unused)
{
    (void)unused;
    PyObject *found = PyList_New(linker->claims.used);
    for (int32_t n = 0; found != NULL && n < linker->claims.used; n++) {
        const Claim *claim = &linker->claims.at[n];
        PyObject *each = claim->plain ? PyUnicode_FromStringAndSize(claim->id.at, claim->id.size) : Py_NewRef(Py_None);
        if (each == NULL || PyList_SetItem(found, n, each) < 0)
            Py_CLEAR(found);
    }
    return found;
}

static PyObject *spot_of(const char *begin, const char *stop, Py_ssize_t offset, const int32_t *above, int count)
{
    int32_t last = -1;
    for (int n = 0; n < count; n++)
        last = above[n] >= 0 ? above[n] : last;
    return Py_BuildValue("nni", offset, (Py_ssize_t)(stop - begin), (int)last);
}

static PyObject *spots(Linker *linker, PyObject *unused)
{
    (void)unused;
    PyObject *levels = PyList_New(0), *found = PyList_New(0), *answer = NULL;
    for (int32_t n = 0; levels != NULL && found != NULL && n < linker->levels.used; n++) {
        const Level *level = &linker->levels.at[n];
        PyObject *each = Py_BuildValue("nni", level->offset, (Py_ssize_t)(level->stop - level->begin), level->code);
        int done = each == NULL ? -1 : PyList_Append(levels, each);
        Py_XDECREF(each);
        if (done < 0)
            goto out;
    }
    for (int32_t n = 0; levels != NULL && found != NULL && n < linker->claims.used; n++) {
        const Claim *claim = &linker->claims.at[n];
        PyObject *each = spot_of(claim->begin, claim->stop, claim->offset, claim->above, 3);
        int done = each == NULL ? -1 : PyList_Append(found, each);
        Py_XDECREF(each);
        if (done < 0)
            goto out;
    }
    answer = levels == NULL || found == NULL ? NULL : Py_BuildValue("OO", levels, found);
out:
    Py_XDECREF(levels);
    Py_XDECREF(found);
    return answer;
}

static PyObject *know(Linker *linker, PyObject *arguments)
{
    long long id;
    PyObject *record;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "LU", &id, &record))
        return NULL;
    const char *text = PyUnicode_AsUTF8AndSize(record, &size);
    if (text == NULL || !held_on_to(linker, record))
        return NULL;
    if (linker->answers.used && LAST(linker->answers).id >= id) {
        PyErr_SetString(PyExc_ValueError, "authorizations come in the order of their ids");
        return NULL;
    }
    int read = answer_read(linker, id, text, size);
    return read < 0 ? NULL : PyBool_FromLong(read);
}

/* The authorization that was told last is found by this, too: one that is not plain. */
static PyObject *called_by(Linker *linker, PyObject *arguments)
{
    int kind, birth;
    PyObject *name;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "iUi", &kind, &name, &birth))
        return NULL;
    const char *text = PyUnicode_AsUTF8AndSize(name, &size);
    if (text == NULL || !held_on_to(linker, name))
        return NULL;
    if (!linker->answers.used) {
        PyErr_SetString(PyExc_ValueError, "no authorization was told");
        return NULL;
    }
    if (size > NAME_SIZE) /* no claim that is plain has such a one */
        return Py_NewRef(Py_None);
    if (!ADDED(linker->names))
        return NULL;
    Text given = {text, (int32_t)size};
    LAST(linker->names) = (Name){hash_of(kind, given) + (uint64_t)birth, given, kind, linker->answers.used - 1, birth};
    return Py_NewRef(Py_None);
}

static int loops_told(Linker *linker, PyObject *told)
{
    for (Py_ssize_t n = 0; n < PyTuple_Size(told); n++) {
        char *at;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(told, n), &at, &size) < 0 || !ADDED(linker->loops))
            return 0;
        LAST(linker->loops) = packed(at, size);
    }
    return 1;
}

/* Pairs of an id and a code, or None for any. */
static int before_told(Linker *linker, int in_line, PyObject *told)
{
    if (!held_on_to(linker, told))
        return 0;
    for (Py_ssize_t n = 0; n < PyTuple_Size(told); n++) {
        const char *id, *code;
        Py_ssize_t id_size, size;
        if (!PyArg_ParseTuple(PyTuple_GetItem(told, n), "y#z#", &id, &id_size, &code, &size) || !ADDED(linker->before[in_line]))
            return 0;
        Text text = {code == NULL ? "" : code, code == NULL ? 0 : (int32_t)size};
        LAST(linker->before[in_line]) = (Before){text, (int32_t)packed(id, id_size), code == NULL};
    }
    return 1;
}

/* Linker((element, component, segment), end, loops, before in a claim, before in a line, asked): see link.h */
static PyObject *made(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *delimiters, *loops, *of_claim, *of_line, *asked;
    const char *end;
    Py_ssize_t size;
    (void)named;
    if (!PyArg_ParseTuple(arguments, "O!y#O!O!O!O", &PyTuple_Type, &delimiters, &end, &size, &PyTuple_Type, &loops,
                          &PyTuple_Type, &of_claim, &PyTuple_Type, &of_line, &asked))
        return NULL;
    if (size < 1 || size > (Py_ssize_t)sizeof(((Linker *)0)->end)) {
        PyErr_SetString(PyExc_ValueError, "no such end of a segment");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Linker *linker = (Linker *)allocate(type, 0); /* all zero */
    if (linker == NULL)
        return NULL;
    linker->kept = PyList_New(0);
    linker->asked = Py_IsNone(asked) ? NULL : Py_NewRef(asked);
    memcpy(linker->end, end, (size_t)size);
    linker->end_size = (int32_t)size;
    if (linker->kept == NULL || delimiter_told(delimiters, 0, &linker->element) != 1 ||
        delimiter_told(delimiters, 1, &linker->component) != 1 || delimiter_told(delimiters, 2, &linker->segment) != 1 ||
        !loops_told(linker, loops) || !before_told(linker, 0, of_claim) || !before_told(linker, 1, of_line)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "delimiters are one byte each");
        Py_DECREF(linker);
        return NULL;
    }
    return (PyObject *)linker;
}

static void gone(Linker *linker)
{
    Py_CLEAR(linker->kept);
    Py_CLEAR(linker->asked);
    void *all[] = {
        linker->loops.at, linker->before[0].at, linker->before[1].at, linker->levels.at, linker->claims.at, linker->lines.at,
        linker->givers.at, linker->others.at, linker->bounds.at, linker->answers.at, linker->services.at, linker->npis.at,
        linker->names.at, linker->called.at, linker->near.at,
    };
    given_back((PyObject *)linker, all, sizeof all / sizeof *all);
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)add, METH_VARARGS,
     "add(data, start, stop, base, above) -> (claims, levels) or None\n\n"
     "Levels and claims in a row, below the levels `above` that are open; `base` is where data begins in the source. How many\n"
     "claims and levels they are, with those above; None, and nothing is added, where they are not in order."},
    {"skip", (PyCFunction)pass, METH_NOARGS, "skip()\n\nA claim that is none of these stands here."},
    {"names", (PyCFunction)names, METH_NOARGS, "names() -> set\n\nBy what authorizations may be found that the claims are near, folded."},
    {"claims", (PyCFunction)claims, METH_NOARGS, "claims() -> list\n\nThe CLM01 of each claim that is plain, else None."},
    {"spots", (PyCFunction)spots, METH_NOARGS,
     "spots() -> (levels, claims)\n\nOf each level the offset, the size and the kind (1 to 3); of each claim the offset, the size\n"
     "and the number of the level above it."},
    {"know", (PyCFunction)know, METH_VARARGS,
     "know(id, record) -> bool\n\nAn authorization, in the order of their ids, by its JSON. False where it is not plain: then\n"
     "`called` tells of it what it is found by."},
    {"called", (PyCFunction)called_by, METH_VARARGS,
     "called(kind, name, birth)\n\nBy what the authorization that was told last is found: 1 a member id, 2 a number, 3 the folded\n"
     "last name with the day of birth (CCYYMMDD as a number, else 0)."},
    {"linked", (PyCFunction)linked, METH_VARARGS,
     "linked(uses, called, taken, is_placeholder) -> list\n\n"
     "What is decided of each claim, None where it is not sure. `uses` has what is used already of each authorization, a list of\n"
     "(service, role, claim, days, amount, state); `called` the CLM01s that are not for it; `taken` of claims that are decided\n"
     "elsewhere, by their places, the authorizations that they may use beside those that they are near.\n"
     "Of what is decided: (kind, CLM01, (the payer's id, its name), charge, number held, offset,\n"
     "authorizations near, lines, numbers to be put as (offset, number), grants as (authorization, service, day, amount)).\n"
     "Kinds: 0 nothing is near, 1 the number is not known, 2 it is another's, 3 lines are for what is on file. Of a line: LX01 and\n"
     "charge; authorization and service where it was answered otherwise; else, where it fits, the number, the procedure, the\n"
     "certified days, the unit, how much is certified (-1: no limit), how much others use, and how much is left; where too little\n"
     "is left the number, the unit, how much is certified, wanted and left, and whether other lines of the claim were granted some."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_new, made},         {Py_tp_dealloc, gone},
    {Py_tp_methods, methods},  {Py_tp_doc, "Links the claims of which it is sure."},
    {0, NULL},
};
PyType_Spec linker_spec = {"edi_speed.Linker", sizeof(Linker), 0, Py_TPFLAGS_DEFAULT, slots};
