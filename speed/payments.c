/* A payment (2100 of an 835) that pays a claim as it was sent, written as it is kept.

   It takes the bytes of the payment, what is told of all payments of its remittance, and the one claim of its number, as that
   is kept (JSON); and gives the columns of the payment's row with its record, and the lines of the claim that it pays. What it
   says is what edi.ledger.payments.writing and .pairs come to, and it says it only of a payment that is plain by those: same
   charge, member, patient, payee, payer and dates, nothing denied, each line in its place. Of whatever it is not sure of (other
   segments, odd values, a text that JSON would escape) it says nothing, and leaves it to them. */

#include "payments.h"

enum { KEPT = 80, SHORTEST = 14, ROOM = 4096 };

static int earlier_or_same(Text one, Text other) { return memcmp(one.at, other.at, 10) <= 0; }

static int in_time(Period paid, Period sent)
{
    return !paid.end.size || !sent.end.size || (earlier_or_same(paid.start, sent.end) && earlier_or_same(sent.start, paid.end));
}

static int has_modifier(const SentLine *line, Text modifier)
{
    for (int n = 0; n < line->count; n++)
        if (same(line->modifiers[n], modifier))
            return 1;
    return 0;
}

static int same_service(const Paid *paid, const Line *line, const SentLine *sent)
{
    Text billed = line->submitted.size ? line->submitted : line->procedure;
    if (!same(part_of(paid, billed, 1), sent->code) || line->charge != sent->charge)
        return 0;
    if (line->period.end.size && !(same(line->period.start, sent->period.start) && same(line->period.end, sent->period.end)))
        return 0;
    for (int n = 2; n < 2 + MODIFIERS; n++) {
        Text modifier = part_of(paid, billed, n);
        if (modifier.size && !has_modifier(sent, modifier))
            return 0;
    }
    for (int n = 0; n < sent->count; n++) {
        int at = 2;
        while (at < 2 + MODIFIERS && !same(part_of(paid, billed, at), sent->modifiers[n]))
            at++;
        if (at == 2 + MODIFIERS)
            return 0;
    }
    return 1;
}

/* Whether each line stands where it stood when it was sent. */
static int in_places(const Paid *paid, const Sent *sent)
{
    if (paid->lines > sent->lines)
        return 0;
    for (int n = 0; n < paid->lines; n++) {
        Text own = paid->line[n].number;
        int known = 0;
        for (int other = 0; own.size && other < sent->lines; other++)
            known += same(own, sent->line[other].number);
        if (known ? known > 1 || !same(own, sent->line[n].number) : !same_service(paid, &paid->line[n], &sent->line[n]))
            return 0;
    }
    return 1;
}

/* A text as it is searched for: capital letters and digits only; how many there are. */
static int folded(Text text, char *to)
{
    int size = 0;
    for (int32_t n = 0; n < text.size; n++) {
        char here = text.at[n];
        if (here >= 'a' && here <= 'z')
            here -= 'a' - 'A';
        if ((here >= '0' && here <= '9') || (here >= 'A' && here <= 'Z'))
            to[size++] = here;
    }
    return size;
}

static int is_trimmed(Text text) { return !text.size || (*text.at != ' ' && text.at[text.size - 1] != ' '); }

/* What the header of a remittance says of who was paid (an NPI) by whom. */
typedef struct {
    Text payee, payer, payer_name;
} Parties;

/* Whether charge, member, patient, payee, payer and dates are the same, and each line stands in its place. */
static int is_of(const Paid *paid, const Sent *sent, const Parties *about)
{
    const Row *clp = &paid->rows[0], *patient = paid->people[PATIENT], *insured = paid->people[INSURED];
    if (patient == NULL || is_code(clp, 2, "22") || is_code(clp, 2, "4") || paid->charge <= 0 || paid->charge != sent->charge ||
        !same(clp->at[1], sent->id) || !same(patient->at[3], sent->last_name) || !same(patient->at[4], sent->first_name))
        return 0;
    Text members[] = {patient->at[9], insured != NULL ? insured->at[9] : NONE}, known[] = {sent->subscriber, sent->patient};
    int is_member = 0;
    for (int n = 0; n < 2; n++) {
        if (!is_trimmed(members[n]) || !is_trimmed(known[n]))
            return 0;
        is_member |= members[n].size && (same(members[n], known[0]) || same(members[n], known[1]));
    }
    int is_payer = !about->payer.size || !sent->payer.size || same(about->payer, sent->payer) ||
                   (about->payer_name.size && same(about->payer_name, sent->payer_name));
    int is_payee = about->payee.size && same(sent->billing_qualifier, TEXT("XX")) && same(about->payee, sent->billing);
    int dated = 0, in_its_time = 0;
    for (int n = 0; n < paid->lines; n++) {
        dated |= paid->line[n].period.end.size;
        in_its_time |= paid->line[n].period.end.size && in_time(paid->line[n].period, sent->period);
    }
    return is_member && is_payer && is_payee && (dated ? in_its_time : in_time(paid->period, sent->period)) &&
           in_places(paid, sent);
}

static PyObject *row_of(const Out *out, const Paid *paid)
{
    const Row *clp = &paid->rows[0], *person = paid->people[INSURED] != NULL ? paid->people[INSURED] : paid->people[PATIENT];
    char key[KEPT], member[2 * KEPT], ordinals[LINES * 4];
    int size = 0, begun = 0;
    if (clp->at[1].size > KEPT || person->at[9].size > KEPT || person->at[3].size > KEPT || person->at[4].size > KEPT)
        return Py_NewRef(Py_None);
    int used = folded(clp->at[1], key);
    while (begun < used && key[begun] == '0')
        begun++;
    if (used - begun > SHORTEST)
        used = begun + SHORTEST;
    int named = folded(person->at[9], member);
    if (!named) {
        named = folded(person->at[3], member);
        named += folded(person->at[4], member + named);
    }
    for (int n = 0; n < paid->lines; n++)
        size += snprintf(ordinals + size, sizeof ordinals - (size_t)size, n ? " %d" : "%d", n + 1);
    Text sum = paid->sum ? clp->at[4] : TEXT("0");
#define TOLD(text) (text).at, (Py_ssize_t)(text).size
    return Py_BuildValue("s#s#s#s#s#s#s#s#s#s#", TOLD(clp->at[1]), key + begun, (Py_ssize_t)(used - begun), TOLD(clp->at[7]),
                         TOLD(clp->at[2]), TOLD(clp->at[9]), TOLD(clp->at[3]), TOLD(sum), member, (Py_ssize_t)named, ordinals,
                         (Py_ssize_t)size, out->at, (Py_ssize_t)out->used);
}

/* paid(raw, delimiters, behind, offset, header, payee, payer, payer_name, claim, harmless) */
PyObject *payment_paid(PyObject *module, PyObject *arguments)
{
    const char *raw, *delimiters, *behind, *told[5];
    Py_ssize_t size, two, behind_size, offset, sizes[5];
    PyObject *harmless;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#y#y#ns#s#s#s#s#O", &raw, &size, &delimiters, &two, &behind, &behind_size, &offset,
                          &told[0], &sizes[0], &told[1], &sizes[1], &told[2], &sizes[2], &told[3], &sizes[3], &told[4], &sizes[4],
                          &harmless))
        return NULL;
    if (two != 2 || !behind_size) {
        PyErr_SetString(PyExc_ValueError, "two delimiters, and what stands behind a segment");
        return NULL;
    }
    for (int n = 0; n < 5; n++)
        if (sizes[n] > INT32_MAX || size > INT32_MAX)
            Py_RETURN_NONE;
    Text header = {told[0], (int32_t)sizes[0]};
    Parties about = {{told[1], (int32_t)sizes[1]}, {told[2], (int32_t)sizes[2]}, {told[3], (int32_t)sizes[3]}};
    Paid paid; /* large, and filled as far as it is used */
    Sent sent;
    Out out = {malloc(ROOM), 0, ROOM, 0};
    PyObject *answer = NULL;
    if (out.at == NULL)
        return PyErr_NoMemory();
    if (payment_read(&paid, delimiters, raw, raw + size, behind, behind_size) &&
        payment_told(&out, &paid, header, offset, harmless) && sent_read(told[4], told[4] + sizes[4], &sent) &&
        is_of(&paid, &sent, &about))
        answer = row_of(&out, &paid);
    else if (!PyErr_Occurred())
        answer = Py_NewRef(Py_None);
    free(out.at);
    return answer;
}
