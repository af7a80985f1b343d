/* Claims decided: nothing on file is near, or each line is for one service that is on file, which is certified and fits, units
   left aside, or was answered otherwise. What edi.linkage.clear decides of such claims, or "not sure".

   A claim of which it is not sure is decided elsewhere. What that takes of the authorizations it is near is not known here, so of
   claims that are near the same ones, and come later, it is not sure either. */

#include "link.h"

typedef struct {
    int32_t service, day;
    int64_t amount;
} Grant;

typedef struct {
    int32_t answer, service; /* service -1: nothing that is near */
    int64_t before, left;    /* what there is of it beside other claims, and beside what this one was granted too */
    int enough, shared;      /* whether that is enough; whether other lines of the claim were granted some of it */
} Meant;

typedef struct {
    const Claim *claim;
    const Level *insured;
    const Who *patient;
    int dependent, offered;
    ARRAY(Meant) meant;
    ARRAY(Grant) grants;
} Subject;

enum { SAME_PATIENT, ANOTHER, PERHAPS };
enum { NOTHING, UNKNOWN_NUMBER, WRONG_NUMBER, FOUND };
enum { MOST_USED = 1000000000 };

static int same_names(const Who *one, const Who *other)
{
    char a[NAME_SIZE], b[NAME_SIZE];
    int size = folded_name(one->last, a), other_size = folded_name(other->last, b);
    if (size < 0 || other_size < 0)
        return -1;
    if (!size || size != other_size || memcmp(a, b, (size_t)size) != 0)
        return 0;
    size = folded_name(one->first, a);
    other_size = folded_name(other->first, b);
    return size < 0 || other_size < 0 ? -1 : size == other_size && memcmp(a, b, (size_t)size) == 0;
}

/* Whether two days of birth are one, mistyped (edi.linkage.patients). */
static int slip(int32_t one, int32_t other)
{
    int a[8], b[8], unlike[8], count = 0;
    for (int n = 7; n >= 0; n--, one /= 10, other /= 10) {
        a[n] = one % 10;
        b[n] = other % 10;
    }
    for (int n = 0; n < 8; n++)
        if (a[n] != b[n])
            unlike[count++] = n;
    if (count < 2 || (count == 2 && a[unlike[0]] == b[unlike[1]] && a[unlike[1]] == b[unlike[0]]))
        return 1;
    return memcmp(a, b, 4 * sizeof *a) == 0 && a[4] == b[6] && a[5] == b[7] && a[6] == b[4] && a[7] == b[5];
}

static int whose(const Answer *answer, const Subject *subject)
{
    const Who *theirs = &answer->who, *ours = subject->patient;
    Text member = subject->insured->who.member;
    int known = theirs->birth && ours->birth;
    int women = is(theirs->gender, "F") + is(ours->gender, "F"), men = is(theirs->gender, "M") + is(ours->gender, "M");
    int differ = women == 1 && men == 1;
    if (member.size && (same(member, answer->members[0]) || same(member, answer->members[1])) &&
        !(known && theirs->birth != ours->birth)) {
        int named = same_names(theirs, ours);
        if (named < 0)
            return PERHAPS;
        if (answer->dependent || subject->dependent ? known && named && !differ : known || named)
            return SAME_PATIENT;
    }
    return known && !differ && (theirs->birth == ours->birth || slip(theirs->birth, ours->birth)) ? PERHAPS : ANOTHER;
}

/* -- which authorizations a claim is near -------------------------------------------------------------------------------- */

static int by_hash(const void *one, const void *other)
{
    const Name *a = one, *b = other;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->answer < b->answer ? -1 : a->answer > b->answer;
}

static int people(Text one, Text other)
{
    Who a = {.last = one}, b = {.last = other};
    return same_names(&a, &b) == 1;
}

static int near_by(Linker *linker, int kind, Text text, int32_t birth)
{
    char folded[NAME_SIZE];
    int size = kind == BY_PERSON ? folded_name(text, folded) : text.size;
    if (size < 0)
        return -1;
    if (!size)
        return 1;
    Name wanted = {hash_of(kind, kind == BY_PERSON ? (Text){folded, size} : text) + (uint64_t)birth, text, kind, -1, birth};
    int32_t low = 0, high = linker->names.used;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (by_hash(&linker->names.at[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < linker->names.used && linker->names.at[low].hash == wanted.hash; low++) {
        const Name *name = &linker->names.at[low];
        if (name->kind != kind || name->birth != birth || !(kind == BY_PERSON ? people(name->text, text) : same(name->text, text)))
            continue;
        int known = 0;
        for (int32_t n = 0; n < linker->near.used; n++)
            known |= linker->near.at[n] == name->answer;
        if (known)
            continue;
        if (!ADDED(linker->near))
            return 0;
        LAST(linker->near) = name->answer;
    }
    return 1;
}

/* 1, 0 with an exception set, or -1 where it cannot be told. */
static int near_found(Linker *linker, const Subject *subject)
{
    const Claim *claim = subject->claim;
    linker->near.used = 0;
    int found = near_by(linker, BY_MEMBER, subject->insured->who.member, 0);
    for (int32_t n = claim->others; found > 0 && n < claim->others + claim->other_count; n++)
        found = near_by(linker, BY_MEMBER, linker->others.at[n].member, 0);
    if (found > 0)
        found = near_by(linker, BY_NUMBER, claim->held, 0);
    if (found > 0)
        found = near_by(linker, BY_NUMBER, claim->referral, 0);
    if (found > 0 && subject->patient->birth)
        found = near_by(linker, BY_PERSON, subject->patient->last, subject->patient->birth);
    return found;
}

/* -- the claims that are called ------------------------------------------------------------------------------------------ */

/* Where a CLM01 stands among those that are known, or would. */
static Called *called(Linker *linker, Text text, uint64_t hash)
{
    uint64_t place = hash & (uint64_t)(linker->called_room - 1);
    while (linker->called.at[place].count && !(linker->called.at[place].hash == hash && same(linker->called.at[place].text, text)))
        place = (place + 1) & (uint64_t)(linker->called_room - 1);
    return &linker->called.at[place];
}

static void call(Linker *linker, Text text, int32_t count)
{
    uint64_t hash = hash_of(0, text);
    Called *known = called(linker, text, hash);
    *known = (Called){hash, text, known->count + count};
}

/* Room for so many more; all that is known is forgotten. */
static int call_anew(Linker *linker, Py_ssize_t count)
{
    int32_t room = 64;
    while (room < 2 * count)
        room *= 2;
    free(linker->called.at);
    linker->called.at = calloc((size_t)room, sizeof *linker->called.at);
    linker->called_room = linker->called.at == NULL ? 0 : room;
    if (linker->called.at == NULL)
        PyErr_NoMemory();
    return linker->called.at != NULL;
}

/* -- whether a line fits ------------------------------------------------------------------------------------------------- */

/* Whether somebody who is certified takes part in a line. */
static int takes_part(const Linker *linker, const Service *service, const Claim *claim, const Line *line)
{
    static const char *const performing[] = {"82", "71", "72", "77", "DQ", "ZZ", "85"};
    Text known[2] = {linker->levels.at[claim->above[0]].npi, {"", 0}};
    for (int32_t n = 0; n < claim->giver_count + line->giver_count + 1; n++) {
        Text npi = known[0];
        if (n < claim->giver_count + line->giver_count) {
            int own = n >= claim->giver_count;
            const Giver *giver = &linker->givers.at[own ? line->givers + n - claim->giver_count : claim->givers + n];
            int counts = 0;
            for (size_t p = 0; p < sizeof performing / sizeof *performing; p++)
                counts |= is(giver->role, performing[p]);
            for (int32_t m = line->givers; !own && m < line->givers + line->giver_count; m++)
                counts &= !same(giver->role, linker->givers.at[m].role);
            if (!counts)
                continue;
            npi = giver->npi;
        }
        for (int32_t m = service->npis; npi.size && m < service->npis + service->npi_count; m++)
            if (same(npi, linker->npis.at[m]))
                return 1;
    }
    return service->npi_count == 0;
}

/* Whether a line is billed with all modifiers that a service has. */
static int modified(const Linker *linker, const Service *service, const Line *line)
{
    for (int m = 0; m < MODIFIERS && service->modifiers[m].size; m++) {
        int found = 0;
        Text billed;
        for (int n = 3; component_given(line->procedure, linker->component, n, &billed); n++)
            found |= same(billed, service->modifiers[m]);
        if (!found)
            return 0;
    }
    return 1;
}

/* The one service that a line is for: 1 and its number, 1 and -1 where none is near, 0 where it is not sure. */
static int close_to(Linker *linker, const Line *line, int32_t *answer, int32_t *found)
{
    *found = -1;
    for (int32_t n = 0; n < linker->near.used; n++) {
        if (linker->near.at[n] < 0)
            continue;
        const Answer *each = &linker->answers.at[linker->near.at[n]];
        for (int32_t m = each->services; m < each->services + each->service_count; m++) {
            const Service *service = &linker->services.at[m];
            if (each->decision == CANCELLED || service->decision == CANCELLED)
                return 0;
            if (!same(service->qualifier, line->qualifier))
                continue;
            if (!same(service->code, line->code)) {
                if (service->decision == CERTIFIED && service->code.size >= 4 && line->code.size >= 4 &&
                    memcmp(service->code.at, line->code.at, 4) == 0)
                    return 0;
                continue;
            }
            if (!modified(linker, service, line)) {
                if (service->decision == CERTIFIED)
                    return 0;
                continue;
            }
            if (*found >= 0)
                return 0;
            *found = m;
            *answer = linker->near.at[n];
        }
    }
    return 1;
}

static Grant *granted(Subject *subject, int32_t service, int32_t day)
{
    for (int32_t n = 0; n < subject->grants.used; n++)
        if (subject->grants.at[n].service == service && (!day || subject->grants.at[n].day == day))
            return &subject->grants.at[n];
    return NULL;
}

static int64_t granted_in_all(const Subject *subject, int32_t service)
{
    int64_t amount = 0;
    for (int32_t n = 0; n < subject->grants.used; n++)
        if (subject->grants.at[n].service == service)
            amount += subject->grants.at[n].amount;
    return amount;
}

/* A line that is for a service: 1, 0 where it is not sure, -1 with an exception set. What it is granted is noted. */
static int fits(Linker *linker, Subject *subject, const Line *line, const Answer *answer, Meant *meant)
{
    const Service *service = &linker->services.at[meant->service];
    const Claim *claim = subject->claim;
    if (!answer->payer_id.size || !same_upper(answer->payer_id, subject->insured->payer_id))
        return 0;
    if (service->decision == ANSWERED)
        return 1;
    Text place = line->place.size ? line->place : claim->place;
    if (service->decision != CERTIFIED || !service->number.size || !service->plain || !line->role)
        return 0;
    if (service->start && !(service->start <= line->day && line->day <= service->end))
        return 0;
    if (is(place, "24")) /* it may be a surgical center's own part, which is another role */
        return 0;
    if ((service->place.size && !same(service->place, place)) || !takes_part(linker, service, claim, line))
        return 0;
    meant->before = service->amount - service->used;
    int64_t left = meant->before - granted_in_all(subject, meant->service), amount = line->amount;
    left = left > 0 || !service->limited ? left : 0;
    if (service->limited && amount > left) {
        if (claim->held.size)
            return 0;
        meant->enough = 0;
        meant->left = amount = left;
        meant->shared = granted(subject, meant->service, 0) != NULL;
        if (!amount)
            return 1;
    }
    else if (service->limited && meant->before < 0)
        return 0;
    else
        meant->left = left - amount;
    Grant *grant = granted(subject, meant->service, line->day);
    if (grant == NULL) {
        if (!ADDED(subject->grants))
            return -1;
        grant = &LAST(subject->grants);
        *grant = (Grant){meant->service, line->day, 0};
    }
    grant->amount += amount;
    return 1;
}

/* Whether a line is to carry the number of its service: that is certified, and not all of it was used up by others. */
static int carries(const Linker *linker, const Meant *meant)
{
    return meant->service >= 0 && linker->services.at[meant->service].decision == CERTIFIED &&
           (meant->enough || meant->left || meant->shared);
}

/* -- what is near, and what stands in the claim ---------------------------------------------------------------------------- */

/* Whether nothing is to be said of the claim's referral and its other payers (edi.linkage.clear). */
static int nothing_beside(const Linker *linker, const Claim *claim)
{
    for (int32_t n = 0; n < linker->near.used; n++) {
        const Answer *near = &linker->answers.at[linker->near.at[n]];
        for (int32_t m = near->services; claim->referral.size && m < near->services + near->service_count; m++)
            if (same(linker->services.at[m].number, claim->referral))
                return 0;
        for (int32_t m = claim->others; m < claim->others + claim->other_count; m++) {
            const Other *other = &linker->others.at[m];
            if (!other->id.size || !near->payer_id.size || same_upper(other->id, near->payer_id))
                return 0;
        }
    }
    return 1;
}

/* Keeps of what is near the answers of the claim's patient (others become -1): 1, or 0 where it is not sure. */
static int offered(Linker *linker, Subject *subject)
{
    for (int32_t n = 0; n < linker->near.used; n++) {
        const Answer *near = &linker->answers.at[linker->near.at[n]];
        if (!near->plain || near->referral || near->touched)
            return 0;
    }
    if (linker->near.used && !nothing_beside(linker, subject->claim))
        return 0;
    for (int32_t n = 0; n < linker->near.used; n++) {
        int who = whose(&linker->answers.at[linker->near.at[n]], subject);
        if (who == PERHAPS)
            return 0;
        if (who == SAME_PATIENT)
            subject->offered++;
        else
            linker->near.at[n] = -1 - linker->near.at[n];
    }
    return 1;
}

/* Whether the number that a claim carries is known as something else of it. */
static int known_otherwise(const Linker *linker, const Subject *subject)
{
    const Claim *claim = subject->claim;
    Text held = claim->held;
    if (same(held, subject->insured->who.member) || same(held, stripped(claim->id)) ||
        same(held, stripped(linker->levels.at[claim->above[0]].npi)))
        return 1;
    int32_t last = claim->givers + claim->giver_count;
    if (claim->line_count) {
        const Line *line = &linker->lines.at[claim->lines + claim->line_count - 1];
        last = line->givers + line->giver_count;
    }
    for (int32_t n = claim->givers; n < last; n++)
        if (same(held, stripped(linker->givers.at[n].npi)))
            return 1;
    return 0;
}

/* The number of a claim for whose patient nothing is on file: what is told of it, -1 where it is not sure, -2 for an exception. */
static int unfitting(Linker *linker, const Subject *subject, PyObject *is_placeholder)
{
    Text held = subject->claim->held;
    for (int32_t n = 0; n < linker->near.used; n++) {
        const Answer *near = &linker->answers.at[-1 - linker->near.at[n]];
        for (int32_t m = near->services; m < near->services + near->service_count; m++)
            if (same(linker->services.at[m].number, held))
                return WRONG_NUMBER;
    }
    if (known_otherwise(linker, subject))
        return -1;
    PyObject *told = PyObject_CallFunction(is_placeholder, "s#", held.at, (Py_ssize_t)held.size);
    int placeholder = told == NULL ? -1 : PyObject_IsTrue(told);
    Py_XDECREF(told);
    return placeholder < 0 ? -2 : placeholder ? -1 : UNKNOWN_NUMBER;
}

/* Whether X12 carries a number in any case. */
static int carried(Text number)
{
    for (int32_t n = 0; n < number.size; n++)
        if (!alphanumeric(number.at[n]) && memchr("-./_#", number.at[n], 5) == NULL)
            return 0;
    return number.size <= 30;
}

/* Whether all that is found goes as one; what does not, goes line by line. -1 where it is not sure. */
static int together(const Linker *linker, const Subject *subject)
{
    const Claim *claim = subject->claim;
    const Service *first = NULL;
    int fitting = 0, one_number = 1, refused = 0;
    for (int32_t n = 0; n < claim->line_count; n++) {
        const Meant *meant = &subject->meant.at[n];
        if (meant->service < 0)
            continue;
        const Service *service = &linker->services.at[meant->service];
        if (!carries(linker, meant)) {
            refused = 1;
            continue;
        }
        if (!carried(service->number))
            return -1;
        one_number &= first == NULL || same(first->number, service->number);
        first = service;
        fitting++;
    }
    if (claim->held.size && (refused || !fitting || !one_number || !same(first->number, claim->held)))
        return -1;
    for (int32_t n = 0; fitting && !claim->held.size && n < claim->line_count; n++)
        for (int32_t m = 0; m < n; m++)
            if (same(linker->lines.at[claim->lines + n].number, linker->lines.at[claim->lines + m].number))
                return -1;
    return fitting == claim->line_count && one_number;
}

/* -- what is told -------------------------------------------------------------------------------------------------------- */

static int append_new(PyObject *list, PyObject *made)
{
    int done = made == NULL ? -1 : PyList_Append(list, made);
    Py_XDECREF(made);
    return done == 0;
}

/* A day as ISO 8601 has it; room for eleven characters. */
static const char *iso(int32_t day, char *text)
{
    if (!day)
        return "";
    for (int n = 9; n >= 0; n--) {
        text[n] = n == 4 || n == 7 ? '-' : (char)('0' + day % 10);
        day = n == 4 || n == 7 ? day : day / 10;
    }
    text[10] = 0;
    return text;
}

static PyObject *line_told(Linker *linker, const Line *line, const Meant *meant)
{
    char start[11], end[11];
    if (meant->service < 0)
        return Py_BuildValue("(s#s#)", line->number.at, (Py_ssize_t)line->number.size, line->charge.at,
                             (Py_ssize_t)line->charge.size);
    const Answer *answer = &linker->answers.at[meant->answer];
    const Service *service = &linker->services.at[meant->service];
    int32_t position = meant->service - answer->services;
    if (service->decision != CERTIFIED)
        return Py_BuildValue("(s#s#Li)", line->number.at, (Py_ssize_t)line->number.size, line->charge.at,
                             (Py_ssize_t)line->charge.size, answer->id, (int)position);
    if (!meant->enough)
        return Py_BuildValue("(s#s#Lis#s#LLLi)", line->number.at, (Py_ssize_t)line->number.size, line->charge.at,
                             (Py_ssize_t)line->charge.size, answer->id, (int)position, service->number.at,
                             (Py_ssize_t)service->number.size, service->unit.at, (Py_ssize_t)service->unit.size,
                             (long long)service->amount, (long long)line->amount, (long long)meant->left, meant->shared);
    return Py_BuildValue("(s#s#Lis#s#sss#LLL)", line->number.at, (Py_ssize_t)line->number.size, line->charge.at,
                         (Py_ssize_t)line->charge.size, answer->id, (int)position, service->number.at,
                         (Py_ssize_t)service->number.size, line->procedure.at, (Py_ssize_t)line->procedure.size,
                         iso(service->start, start), iso(service->end, end), service->unit.at, (Py_ssize_t)service->unit.size,
                         service->limited ? (long long)service->amount : -1LL, (long long)(service->amount - meant->before),
                         (long long)meant->left);
}

/* Where a number goes in a line: behind the last of its own segments that belong before it. */
static Py_ssize_t place_in(Linker *linker, const Claim *claim, const Line *line)
{
    const char *at = claim->begin + line->at, *place = at;
    while (at < claim->stop) {
        const char *next = segment_divided(linker, at, claim->stop);
        if (next == NULL || loop_begins(linker))
            break;
        if (stands_before(linker, 1))
            place = next;
        at = next;
    }
    return claim->offset + (place - claim->begin);
}

static int told_of_lines(Linker *linker, const Subject *subject, int whole, PyObject *lines, PyObject *puts)
{
    const Claim *claim = subject->claim;
    for (int32_t n = 0; n < claim->line_count; n++) {
        const Line *line = &linker->lines.at[claim->lines + n];
        const Meant *meant = &subject->meant.at[n];
        if (!append_new(lines, line_told(linker, line, meant)))
            return 0;
        if (!carries(linker, meant) || claim->held.size || (whole && n))
            continue;
        const Service *service = &linker->services.at[meant->service];
        Py_ssize_t place = whole ? claim->offset + claim->own : place_in(linker, claim, line);
        if (!append_new(puts, Py_BuildValue("ns#", place, service->number.at, (Py_ssize_t)service->number.size)))
            return 0;
    }
    return 1;
}

static int told_of_grants(Linker *linker, const Subject *subject, PyObject *grants)
{
    char day[11];
    for (int32_t n = 0; n < subject->grants.used; n++) {
        const Grant *grant = &subject->grants.at[n];
        for (int32_t m = 0; m < subject->claim->line_count; m++) {
            const Meant *meant = &subject->meant.at[m];
            if (meant->service != grant->service)
                continue;
            const Answer *answer = &linker->answers.at[meant->answer];
            if (!append_new(grants, Py_BuildValue("LisL", answer->id, (int)(grant->service - answer->services),
                                                  iso(grant->day, day), (long long)grant->amount)))
                return 0;
            break;
        }
    }
    return 1;
}

static PyObject *told(Linker *linker, const Subject *subject, int kind, int whole)
{
    const Claim *claim = subject->claim;
    PyObject *near = PyList_New(0), *lines = PyList_New(0), *puts = PyList_New(0), *grants = PyList_New(0), *answer = NULL;
    if (near == NULL || lines == NULL || puts == NULL || grants == NULL)
        goto out;
    for (int32_t n = 0; n < linker->near.used; n++) {
        int32_t each = linker->near.at[n];
        if (!append_new(near, PyLong_FromLongLong(linker->answers.at[each < 0 ? -1 - each : each].id)))
            goto out;
    }
    if (kind == FOUND && !(told_of_lines(linker, subject, whole, lines, puts) && told_of_grants(linker, subject, grants)))
        goto out;
    Text id = subject->insured->payer_id, name = subject->insured->payer;
    Text biller = linker->levels.at[claim->above[0]].biller, member = subject->insured->who.member;
    Text last = subject->patient->last, first = subject->patient->first;
    answer = Py_BuildValue("(is#(s#s#)s#s#n(s#s#s#s#i)OOOO)", kind, claim->id.at, (Py_ssize_t)claim->id.size, id.at, (Py_ssize_t)id.size,
                           name.at, (Py_ssize_t)name.size, claim->charge.at, (Py_ssize_t)claim->charge.size, claim->held.at,
                           (Py_ssize_t)claim->held.size, claim->offset, biller.at, (Py_ssize_t)biller.size, member.at,
                           (Py_ssize_t)member.size, last.at, (Py_ssize_t)last.size, first.at, (Py_ssize_t)first.size,
                           (int)subject->patient->birth, near, lines, puts, grants);
out:
    Py_XDECREF(near);
    Py_XDECREF(lines);
    Py_XDECREF(puts);
    Py_XDECREF(grants);
    return answer;
}

/* -- one claim ----------------------------------------------------------------------------------------------------------- */

static void touch(Linker *linker)
{
    for (int32_t n = 0; n < linker->near.used; n++) {
        int32_t each = linker->near.at[n];
        linker->answers.at[each < 0 ? -1 - each : each].touched = 1;
    }
}

static PyObject *not_sure(Linker *linker)
{
    touch(linker);
    return Py_NewRef(Py_None);
}

/* Whose claim it is, and what it is near; false with an exception set. */
static int looked_up(Linker *linker, Subject *subject)
{
    const Claim *claim = subject->claim;
    subject->insured = &linker->levels.at[claim->above[1]];
    subject->dependent = claim->above[2] >= 0;
    subject->patient = &linker->levels.at[claim->above[subject->dependent ? 2 : 1]].who;
    subject->offered = 0;
    subject->meant.used = subject->grants.used = 0;
    int found = near_found(linker, subject);
    if (found < 0)
        PyErr_SetString(PyExc_ValueError, "a name is too long");
    return found > 0;
}

static PyObject *one_linked(Linker *linker, Subject *subject, PyObject *is_placeholder)
{
    const Claim *claim = subject->claim;
    if (!looked_up(linker, subject))
        return NULL;
    if (called(linker, claim->id, hash_of(0, claim->id))->count > 1 || !offered(linker, subject))
        return not_sure(linker);
    if (!subject->offered) {
        int kind = claim->held.size ? unfitting(linker, subject, is_placeholder) : NOTHING;
        return kind == -2 ? NULL : kind < 0 ? not_sure(linker) : told(linker, subject, kind, 0);
    }
    int some = 0;
    for (int32_t n = 0; n < claim->line_count; n++) {
        const Line *line = &linker->lines.at[claim->lines + n];
        if (!ADDED(subject->meant))
            return NULL;
        Meant *meant = &LAST(subject->meant);
        *meant = (Meant){-1, -1, 0, 0, 1, 0};
        if (!close_to(linker, line, &meant->answer, &meant->service))
            return not_sure(linker);
        if (meant->service < 0)
            continue;
        some = 1;
        int fitting = fits(linker, subject, line, &linker->answers.at[meant->answer], meant);
        if (fitting < 0)
            return NULL;
        if (!fitting)
            return not_sure(linker);
    }
    int whole = some || claim->held.size ? together(linker, subject) : 0;
    if (whole < 0)
        return not_sure(linker);
    PyObject *answer = told(linker, subject, some ? FOUND : NOTHING, whole);
    for (int32_t n = 0; answer != NULL && n < subject->grants.used; n++)
        linker->services.at[subject->grants.at[n].service].used += subject->grants.at[n].amount;
    return answer;
}

/* -- what the ledger told ------------------------------------------------------------------------------------------------ */

static int text_of(PyObject *told, Text *text)
{
    Py_ssize_t size;
    text->at = PyUnicode_AsUTF8AndSize(told, &size);
    text->size = (int32_t)size;
    return text->at != NULL;
}

static Answer *answer_of(Linker *linker, long long id)
{
    for (int32_t low = 0, high = linker->answers.used; low < high;) {
        int32_t middle = low + (high - low) / 2;
        if (linker->answers.at[middle].id == id)
            return &linker->answers.at[middle];
        if (linker->answers.at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int says(Text text, const char *word)
{
    return text.size == (int32_t)strlen(word) && memcmp(text.at, word, (size_t)text.size) == 0;
}

/* How much a use is; -1 where that is no whole number, or more than is counted here. */
static int64_t whole(Text text)
{
    int64_t amount = 0;
    int32_t n = 0;
    for (; n < text.size && text.at[n] >= '0' && text.at[n] <= '9' && amount < MOST_USED; n++)
        amount = amount * 10 + (text.at[n] - '0');
    if (!n || amount >= MOST_USED)
        return -1;
    if (n < text.size && text.at[n] == '.')
        for (n++; n < text.size && text.at[n] == '0';)
            n++;
    return n == text.size ? amount : -1;
}

/* What is used of an authorization: rows of (service, role, claim, days, amount, state). */
static int uses_told(Linker *linker, PyObject *id, PyObject *rows)
{
    Answer *answer = answer_of(linker, PyLong_AsLongLong(id));
    for (Py_ssize_t n = 0; n < PyList_Size(rows); n++) {
        Text told[5]; /* role, claim, days, amount, state */
        PyObject *row = PyList_GetItem(rows, n);
        int read = PyTuple_Check(row) && PyTuple_Size(row) == 6;
        long service = read ? PyLong_AsLong(PyTuple_GetItem(row, 0)) : 0;
        for (int m = 0; read && m < 5; m++)
            read = text_of(PyTuple_GetItem(row, m + 1), &told[m]);
        if (!read || PyErr_Occurred()) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError, "no row of a use");
            return 0;
        }
        call(linker, told[1], 2);
        if (answer == NULL || says(told[4], "denied") || says(told[4], "rejected") || !says(told[0], "professional"))
            continue;
        int64_t amount = whole(told[3]);
        if (service < 0 || service >= answer->service_count || amount < 0)
            answer->plain = 0;
        else
            linker->services.at[answer->services + service].used += amount;
    }
    return !PyErr_Occurred();
}

/* linked(uses, called, taken, is_placeholder): see edi_speed.c */
PyObject *linked(Linker *linker, PyObject *arguments)
{
    PyObject *uses, *names, *taken, *is_placeholder, *found = NULL;
    if (!PyArg_ParseTuple(arguments, "O!O!O!O", &PyDict_Type, &uses, &PyList_Type, &names, &PyDict_Type, &taken, &is_placeholder))
        return NULL;
    Subject subject = {0};
    PyObject *id, *rows;
    Py_ssize_t count = PyList_Size(names) + linker->claims.used;
    for (Py_ssize_t at = 0; PyDict_Next(uses, &at, &id, &rows);)
        count += PyList_Size(rows);
    if (PyErr_Occurred() || !call_anew(linker, count))
        return NULL;
    for (Py_ssize_t at = 0; PyDict_Next(uses, &at, &id, &rows);)
        if (!uses_told(linker, id, rows))
            return NULL;
    for (Py_ssize_t n = 0; n < PyList_Size(names); n++) {
        Text name;
        if (!text_of(PyList_GetItem(names, n), &name))
            return NULL;
        call(linker, name, 2);
    }
    for (int32_t n = 0; n < linker->claims.used; n++)
        if (linker->claims.at[n].plain)
            call(linker, linker->claims.at[n].id, 1);
    if (linker->names.used)
        qsort(linker->names.at, (size_t)linker->names.used, sizeof *linker->names.at, by_hash);
    found = PyList_New(0);
    for (int32_t n = 0; found != NULL && n < linker->claims.used; n++) {
        PyObject *number = PyLong_FromLong(n), *keys = number == NULL ? NULL : PyDict_GetItemWithError(taken, number), *each = NULL;
        Py_XDECREF(number);
        subject.claim = &linker->claims.at[n];
        linker->near.used = 0;
        if (keys != NULL && PyTuple_Check(keys)) {
            for (Py_ssize_t m = 0; m < PyTuple_Size(keys); m++) {
                Answer *answer = answer_of(linker, PyLong_AsLongLong(PyTuple_GetItem(keys, m)));
                if (answer != NULL)
                    answer->touched = 1;
            }
            each = !subject.claim->plain || looked_up(linker, &subject) ? not_sure(linker) : NULL;
        }
        else if (!PyErr_Occurred()) {
            each = subject.claim->plain ? one_linked(linker, &subject, is_placeholder) : Py_NewRef(Py_None);
        }
        if (each == NULL || PyErr_Occurred() || !append_new(found, each))
            Py_CLEAR(found);
    }
    free(subject.meant.at);
    free(subject.grants.at);
    return found;
}
