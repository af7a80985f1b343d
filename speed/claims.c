/* Claims (837P) as far as linking compares them, read from their bytes: what edi.records.claim_facts reads, or "not plain".

   A claim is plain where it replaces and voids nothing, carries at most one number of an authorization, and that for all of its
   lines, and each line has a procedure, a whole number of units and one day. Whatever is not as expected makes it not plain. */

#include "link.h"

const char *segment_divided(Linker *linker, const char *at, const char *stop)
{
    const char *end = memchr(at, linker->segment, (size_t)(stop - at));
    linker->bounds.used = 0;
    if (end == NULL || stop - end < linker->end_size || memcmp(end, linker->end, (size_t)linker->end_size) != 0)
        return NULL;
    for (;;) {
        const char *next = memchr(at, linker->element, (size_t)(end - at));
        if (!ADDED(linker->bounds))
            return NULL;
        LAST(linker->bounds) = (Text){at, (int32_t)((next == NULL ? end : next) - at)};
        if (next == NULL)
            return end + linker->end_size;
        at = next + 1;
    }
}

static inline Text given(const Linker *linker, int32_t number)
{
    return number < linker->bounds.used ? linker->bounds.at[number] : (Text){"", 0};
}

static inline int begins(const Linker *linker, const char *id)
{
    return is(linker->bounds.at[0], id);
}

/* Whether all of a unit is in characters of which case, blanks and folding are what they seem. */
static int basic(const Linker *linker, const char *at, const char *stop)
{
    for (; at < stop; at++)
        if (((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e) && !memchr(linker->end, *at, (size_t)linker->end_size))
            return 0;
    return 1;
}

int whole_number(Text text, int64_t *number)
{
    if (!text.size || text.size > 9)
        return 0;
    *number = 0;
    for (int32_t n = 0; n < text.size; n++) {
        if (text.at[n] < '0' || text.at[n] > '9')
            return 0;
        *number = *number * 10 + (text.at[n] - '0');
    }
    return 1;
}

/* CCYYMMDD as a number; 0 where it is no day. */
int32_t day_of(Text text)
{
    int64_t number;
    return day_number(text, &number) ? digits_of(text.at, 8) : 0;
}

int folded_name(Text name, char *folded)
{
    static const char *const suffixes[] = {"JR", "SR", "II", "III", "IV"};
    int size = 0, word = 0, words = 0;
    if (name.size > NAME_SIZE)
        return -1;
    for (int32_t n = 0; n <= name.size; n++) {
        char c = n < name.size ? name.at[n] : ' ';
        if (alphanumeric(c)) {
            folded[size++] = upper(c);
            continue;
        }
        if (c == '\'' || c == '-' || c == '.')
            continue;
        if (size > word) {
            int last = words++ > 0 && n == name.size;
            for (size_t s = 0; last && s < sizeof suffixes / sizeof *suffixes; s++)
                if ((size_t)(size - word) == strlen(suffixes[s]) && memcmp(folded + word, suffixes[s], strlen(suffixes[s])) == 0)
                    return word;
            word = size;
        }
    }
    return size;
}

/* DMG at hand: the day of birth and the gender. False where it does not say a day. */
static int born(const Linker *linker, Who *who)
{
    who->birth = day_of(given(linker, 2));
    who->gender = given(linker, 3);
    return who->birth != 0;
}

/* 2000A: the NPI of who bills. */
static int billing_read(Linker *linker, Level *level, const char *at)
{
    while (at < level->stop) {
        if ((at = segment_divided(linker, at, level->stop)) == NULL)
            return 0;
        if (begins(linker, "NM1") && is(given(linker, 1), "85")) {
            level->biller = given(linker, 9);
            if (is(given(linker, 8), "XX"))
                level->npi = level->biller;
            return 1;
        }
    }
    return 1;
}

/* Whether rules may say something of a payer; -1 with an exception set. */
static int spoken_of(const Linker *linker, const Level *level, Text filing)
{
    if (linker->asked == NULL)
        return 0;
    PyObject *told = PyObject_CallFunction(linker->asked, "s#s#s#", level->payer_id.at, (Py_ssize_t)level->payer_id.size,
                                           level->payer.at, (Py_ssize_t)level->payer.size, filing.at, (Py_ssize_t)filing.size);
    int spoken = told == NULL ? -1 : PyObject_IsTrue(told);
    Py_XDECREF(told);
    return spoken;
}

/* 2000B: SBR, who is insured (2010BA), and the payer (2010BB), of whom no rule says anything. */
static int subscriber_read(Linker *linker, Level *level, const char *at)
{
    int met = 0; /* 1 SBR, 2 NM1*IL, 3 DMG, 4 NM1*PR */
    if ((at = segment_divided(linker, at, level->stop)) == NULL || !begins(linker, "SBR") || linker->bounds.used < 3)
        return 0;
    Text filing = given(linker, 9);
    for (met = 1; at < level->stop;) {
        if ((at = segment_divided(linker, at, level->stop)) == NULL)
            return 0;
        if (begins(linker, "NM1")) {
            if (met == 1 && is(given(linker, 1), "IL") && linker->bounds.used > 9) {
                level->who.last = given(linker, 3);
                level->who.first = given(linker, 4);
                level->who.member = stripped(given(linker, 9));
                met = 2;
            }
            else if ((met == 2 || met == 3) && is(given(linker, 1), "PR") && linker->bounds.used > 9) {
                level->payer = given(linker, 3);
                level->payer_id = stripped(given(linker, 9));
                met = 4;
            }
            else
                return 0;
        }
        else if (begins(linker, "DMG")) {
            if (met != 2 || !born(linker, &level->who))
                return 0;
            met = 3;
        }
        else if (met == 1 && !begins(linker, "PAT"))
            return 0;
    }
    return met == 4 && spoken_of(linker, level, filing) == 0;
}

/* 2000C: PAT and the patient (2010CA). */
static int patient_read(Linker *linker, Level *level, const char *at)
{
    if ((at = segment_divided(linker, at, level->stop)) == NULL || !begins(linker, "PAT"))
        return 0;
    if ((at = segment_divided(linker, at, level->stop)) == NULL || !begins(linker, "NM1") || !is(given(linker, 1), "QC") ||
        linker->bounds.used < 4 || linker->bounds.used > 8)
        return 0;
    level->who.last = given(linker, 3);
    level->who.first = given(linker, 4);
    for (int met = 0; at < level->stop;) {
        if ((at = segment_divided(linker, at, level->stop)) == NULL || begins(linker, "NM1"))
            return 0;
        if (begins(linker, "DMG") && (met++ || !born(linker, &level->who)))
            return 0;
    }
    return 1;
}

/* A level (HL) that stands from `begin` to `stop`; false with an exception set where there is no memory. */
int level_read(Linker *linker, const char *begin, const char *stop, Py_ssize_t offset)
{
    if (!ADDED(linker->levels))
        return 0;
    Level *level = &LAST(linker->levels);
    *level = (Level){.begin = begin, .stop = stop, .offset = offset, .biller = {"", 0}};
    const char *at = segment_divided(linker, begin, stop);
    if (at == NULL || !begins(linker, "HL"))
        return !PyErr_Occurred();
    Text code = given(linker, 3);
    level->code = is(code, "20") ? BILLING : is(code, "22") ? SUBSCRIBER : is(code, "23") ? PATIENT : 0;
    if (basic(linker, begin, stop))
        level->plain = level->code == BILLING      ? billing_read(linker, level, at)
                       : level->code == SUBSCRIBER ? subscriber_read(linker, level, at)
                                                   : level->code == PATIENT && patient_read(linker, level, at);
    return !PyErr_Occurred();
}

/* A provider at hand (NM1), as far as it is compared. */
static int giver_read(Linker *linker)
{
    if (!ADDED(linker->givers))
        return 0;
    int known = linker->bounds.used > 9 && is(given(linker, 8), "XX");
    LAST(linker->givers) = (Giver){given(linker, 1), known ? given(linker, 9) : (Text){"", 0}};
    return 1;
}

/* Whether the segment at hand begins a loop in a claim or a line. */
int loop_begins(const Linker *linker)
{
    uint32_t id = packed(linker->bounds.at[0].at, linker->bounds.at[0].size);
    for (int32_t n = 0; n < linker->loops.used; n++)
        if (linker->loops.at[n] == id)
            return 1;
    return 0;
}

/* Whether the segment at hand stands before a number in its loop. */
int stands_before(const Linker *linker, int in_line)
{
    uint32_t id = packed(linker->bounds.at[0].at, linker->bounds.at[0].size);
    for (int32_t n = 0; n < linker->before[in_line].used; n++) {
        const Before *before = &linker->before[in_line].at[n];
        if ((uint32_t)before->id == id && (before->always || same(before->code, given(linker, 1))))
            return 1;
    }
    return 0;
}

/* In which role a line is billed: those by a modifier, and anaesthesia, are not counted here. */
static int usual_role(const Linker *linker, Text procedure, Text code)
{
    static const char *const others[] = {"80", "81", "82", "AS", "AA", "AD", "QK", "QS", "QX",
                                         "QY", "QZ", "TC", "26", "SG", "55", "56", "62", "66"};
    Text modifier;
    for (int n = 3; component_given(procedure, linker->component, n, &modifier); n++)
        for (size_t o = 0; o < sizeof others / sizeof *others; o++)
            if (is(modifier, others[o]))
                return 0;
    return !(code.size == 5 && code.at[0] == '0' && (code.at[1] == '0' || code.at[1] == '1'));
}

/* SV1 at hand. */
static int service_read(Linker *linker, Line *line)
{
    Text more;
    if (!begins(linker, "SV1") || linker->bounds.used < 5 || !is(given(linker, 3), "UN"))
        return 0;
    line->procedure = given(linker, 1);
    line->charge = given(linker, 2);
    line->place = given(linker, 5);
    if (!component_given(line->procedure, linker->component, 2, &line->code) || !line->code.size ||
        component_given(line->procedure, linker->component, 7, &more) || !whole_number(given(linker, 4), &line->amount) || !line->amount)
        return 0;
    component_given(line->procedure, linker->component, 1, &line->qualifier);
    line->role = usual_role(linker, line->procedure, line->code);
    return 1;
}

/* One line from its LX, which is at hand, on; where it ends, or NULL where it is not plain. */
static const char *line_read(Linker *linker, const char *begin, const char *at, const char *stop)
{
    if (linker->bounds.used != 2 || !ADDED(linker->lines))
        return NULL;
    LAST(linker->lines) = (Line){.number = given(linker, 1), .at = (int32_t)(at - begin), .givers = linker->givers.used};
    Line *line = &LAST(linker->lines);
    if ((at = segment_divided(linker, at, stop)) == NULL || !service_read(linker, line))
        return NULL;
    while (at < stop) {
        const char *next = segment_divided(linker, at, stop);
        if (next == NULL)
            return NULL;
        if (begins(linker, "LX"))
            break;
        if (begins(linker, "NM1")) {
            if (!line->day || !giver_read(linker))
                return NULL;
            line->giver_count++;
        }
        else if (begins(linker, "REF") && (is(given(linker, 1), "G1") || is(given(linker, 1), "9F")))
            return NULL;
        else if (begins(linker, "DTP") && is(given(linker, 1), "472")) {
            if (line->day || linker->bounds.used != 4 || !(line->day = day_of(given(linker, 3))))
                return NULL;
        }
        else if (!line->day && (begins(linker, "LIN") || begins(linker, "SVD") || begins(linker, "LQ")))
            return NULL;
        at = next;
    }
    return line->day ? at : NULL;
}

/* Another payer from its SBR, which is at hand, on; where its part ends, or NULL where it is not plain. */
static const char *other_read(Linker *linker, const char *at, const char *stop)
{
    int met = 0;
    if (linker->bounds.used < 3 || !ADDED(linker->others))
        return NULL;
    LAST(linker->others) = (Other){{"", 0}, {"", 0}, {"", 0}};
    Other *other = &LAST(linker->others);
    while (at < stop) {
        const char *next = segment_divided(linker, at, stop);
        if (next == NULL)
            return NULL;
        if (begins(linker, "SBR") || begins(linker, "LX"))
            break;
        if (begins(linker, "REF") && (is(given(linker, 1), "G1") || is(given(linker, 1), "9F")))
            return NULL;
        if (begins(linker, "NM1") && met < 2) {
            if (linker->bounds.used < 10 || !is(given(linker, 1), met ? "PR" : "IL"))
                return NULL;
            if (!met++)
                other->member = stripped(given(linker, 9));
            else {
                other->name = given(linker, 3);
                other->id = stripped(given(linker, 9));
            }
        }
        at = next;
    }
    return met == 2 ? at : NULL;
}

/* CLM at hand. */
static int claim_begun(Linker *linker, Claim *claim)
{
    Text placed = given(linker, 5), frequency, more;
    if (!begins(linker, "CLM") || linker->bounds.used < 6 || linker->bounds.used > 19)
        return 0;
    if (!component_given(placed, linker->component, 3, &frequency) || component_given(placed, linker->component, 4, &more) || is(frequency, "7") ||
        is(frequency, "8"))
        return 0;
    claim->id = given(linker, 1);
    claim->charge = given(linker, 2);
    component_given(placed, linker->component, 1, &claim->place);
    component_given(placed, linker->component, 2, &claim->place_qualifier);
    return claim->id.size > 0;
}

/* REF at hand, one of the claim's own. */
static int number_read(const Linker *linker, Claim *claim)
{
    Text code = given(linker, 1), value = given(linker, 2);
    if (is(code, "F8") || is(code, "4N"))
        return 0;
    if (is(code, "G1")) {
        if (claim->held.size)
            return 0;
        claim->held = stripped(value);
        return claim->held.size > 0;
    }
    if (is(code, "9F") && !claim->referral.size)
        claim->referral = stripped(value);
    return 1;
}

static int whole_read(Linker *linker, Claim *claim)
{
    int own = 1; /* among the claim's own segments, before all loops in it */
    const char *at = segment_divided(linker, claim->begin, claim->stop);
    if (at == NULL || !claim_begun(linker, claim))
        return 0;
    claim->own = (int32_t)(at - claim->begin);
    while (at < claim->stop) {
        const char *next = segment_divided(linker, at, claim->stop);
        if (next == NULL)
            return 0;
        own = own && !loop_begins(linker);
        if (begins(linker, "LX")) {
            if ((next = line_read(linker, claim->begin, next, claim->stop)) == NULL)
                return 0;
            claim->line_count++;
        }
        else if (claim->line_count)
            return 0;
        else if (begins(linker, "SBR")) {
            if (linker->asked != NULL || (next = other_read(linker, next, claim->stop)) == NULL)
                return 0;
            claim->other_count++;
        }
        else if (claim->other_count)
            return 0;
        else if (begins(linker, "NM1")) {
            if (!giver_read(linker))
                return 0;
            claim->giver_count++;
        }
        else if (own) {
            if (begins(linker, "REF") && !number_read(linker, claim))
                return 0;
            if (stands_before(linker, 0))
                claim->own = (int32_t)(next - claim->begin);
        }
        at = next;
    }
    return claim->line_count > 0;
}

/* A claim below the levels that are open; false with an exception set where there is no memory. */
int claim_read(Linker *linker, const char *begin, const char *stop, Py_ssize_t offset, const int32_t *above)
{
    if (!ADDED(linker->claims))
        return 0;
    Claim *claim = &LAST(linker->claims);
    *claim = (Claim){
        .above = {above[0], above[1], above[2]},
        .begin = begin,
        .stop = stop,
        .offset = offset,
        .givers = linker->givers.used,
        .others = linker->others.used,
        .lines = linker->lines.used,
    };
    claim->plain = 1;
    for (int n = 0; n < 3; n++) {
        const Level *level = above[n] >= 0 ? &linker->levels.at[above[n]] : NULL;
        if (level != NULL && (!level->plain || level->who.last.size > NAME_SIZE || level->who.first.size > NAME_SIZE))
            claim->plain = 0;
    }
    if (claim->plain)
        claim->plain = basic(linker, begin, stop) && whole_read(linker, claim);
    return !PyErr_Occurred();
}
