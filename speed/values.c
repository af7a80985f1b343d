/* Amounts, days, what is remembered of values, and the segments and values that a route leads to. */

#include "judge.h"

#define PLACES 4    /* of decimals in SCALE */

/* -- amounts and days ----------------------------------------------------------------------------------------------------- */

/* An amount in ten-thousandths, and how many decimals it is written with; false where that is not certain. */
int amount_of(Text text, int64_t *amount, int32_t *decimals)
{
    const char *at = text.at, *end = text.at + text.size;
    int negative = at < end && *at == '-';
    int32_t digits = 0, places = -1;
    int64_t found = 0;
    at += negative;
    for (; at < end; at++) {
        if (*at == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (*at < '0' || *at > '9' || ++digits > 13 || places >= PLACES)
            return 0;
        found = found * 10 + (*at - '0');
        places += places >= 0;
    }
    if (!digits)
        return 0;
    if (places < 0)
        places = 0;
    if (places > *decimals)
        *decimals = places;
    for (; places < PLACES; places++)
        found *= 10;
    *amount = negative ? -found : found;
    return 1;
}

int32_t digits_of(const char *at, int count)
{
    int32_t found = 0;
    for (int n = 0; n < count; n++) {
        if (at[n] < '0' || at[n] > '9')
            return -1;
        found = found * 10 + (at[n] - '0');
    }
    return found;
}

/* The number of a day, counted from one of long ago; false where the text is no day. */
int day_number(Text text, int64_t *number)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (text.size != 8)
        return 0;
    int32_t year = digits_of(text.at, 4), month = digits_of(text.at + 4, 2), day = digits_of(text.at + 6, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return 0;
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > before[month] - before[month - 1] + (month == 2 && leap))
        return 0;
    int32_t past = year - 1;
    *number = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 + before[month - 1] + (month > 2 && leap) + day;
    return 1;
}

/* -- what is remembered -------------------------------------------------------------------------------------------------- */

static int is_known(const Judge *judge, const Known *known, int32_t kind, const Text *parts, int count)
{
    const char *at = judge->known_text.at + known->text;
    int32_t size = 0;
    if (known->kind != kind)
        return 0;
    for (int part = 0; part < count; part++)
        size += parts[part].size + 1;
    if (size != known->size)
        return 0;
    for (int part = 0; part < count; part++) {
        if (memcmp(at, parts[part].at, (size_t)parts[part].size) != 0 || at[parts[part].size] != judge->segment)
            return 0;
        at += parts[part].size + 1;
    }
    return 1;
}

/* What Python says of a value, which is remembered: 1 yes, 0 no, -1 with an exception set. */
int asked(Judge *judge, PyObject *ask, int32_t kind, int32_t number, const Text *parts, int count)
{
    uint64_t hash = hashed(kind, parts, count);
    uint32_t place = (uint32_t)hash & (uint32_t)(judge->known_room - 1);
    for (; judge->known[place].size; place = (place + 1) & (uint32_t)(judge->known_room - 1))
        if (judge->known[place].hash == hash && is_known(judge, &judge->known[place], kind, parts, count))
            return judge->known[place].holds;
    PyObject *answer = count == 1 ? PyObject_CallFunction(ask, "iy#", (int)number, parts[0].at, (Py_ssize_t)parts[0].size)
                                  : PyObject_CallFunction(ask, "iy#y#", (int)number, parts[0].at, (Py_ssize_t)parts[0].size,
                                                          parts[1].at, (Py_ssize_t)parts[1].size);
    if (answer == NULL)
        return -1;
    int holds = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    if (holds < 0)
        return -1;
    if (judge->known_used >= judge->known_room / 2 || judge->known_text.used > 16 << 20) {
        memset(judge->known, 0, (size_t)judge->known_room * sizeof *judge->known);
        judge->known_used = judge->known_text.used = 0;
        place = (uint32_t)hash & (uint32_t)(judge->known_room - 1);
    }
    Known *known = &judge->known[place];
    *known = (Known){.hash = hash, .text = judge->known_text.used, .kind = kind, .holds = holds};
    for (int part = 0; part < count; part++) {
        for (int32_t n = 0; n <= parts[part].size; n++) {
            if (!ADDED(judge->known_text))
                return -1;
            LAST(judge->known_text) = n < parts[part].size ? parts[part].at[n] : judge->segment;
        }
        known->size += parts[part].size + 1;
    }
    judge->known_used++;
    return holds;
}

/* -- where routes lead --------------------------------------------------------------------------------------------------- */

static int segments_hit(Judge *judge, const Route *route, const Here *here, int32_t loop, Hit hit, void *about)
{
    for (int32_t n = 0; n < route->key_count; n++) {
        int32_t key = judge->numbers.at[route->keys + n];
        for (int32_t each = judge->loops.at[loop].segment; each >= 0; each = judge->segments.at[each].next) {
            const Segment *segment = &judge->segments.at[each];
            if (segment->key != key || (route->pick.size && !same(element(judge, segment, 1), route->pick)))
                continue;
            int answer = hit(judge, here, loop, each, about);
            if (answer || route->alone)
                return answer;
        }
    }
    return 0;
}

static int loops_hit(Judge *judge, const Route *route, const Here *here, int32_t loop, int32_t depth, Hit hit, void *about)
{
    if (depth == route->loop_count)
        return route->key_count ? segments_hit(judge, route, here, loop, hit, about) : hit(judge, here, loop, -1, about);
    int32_t wanted = judge->numbers.at[route->loops + depth];
    for (int32_t each = judge->loops.at[loop].child; each >= 0; each = judge->loops.at[each].next) {
        if (judge->loops.at[each].loop != wanted)
            continue;
        int answer = loops_hit(judge, route, here, each, depth + 1, hit, about);
        if (answer || route->alone)
            return answer;
    }
    return 0;
}

int route_hit(Judge *judge, int32_t number, const Here *here, Hit hit, void *about)
{
    const Route *route = &judge->routes.at[number];
    const Here *from = here;
    for (int32_t n = 0; n < route->hops; n++)
        from = from->outer;
    if (route->within)
        return hit(judge, here, from->loop, from->segment, about);
    int32_t loop = from->loop;
    while (loop >= 0 && judge->loops.at[loop].loop != route->start)
        loop = judge->loops.at[loop].parent;
    return loop < 0 ? 0 : loops_hit(judge, route, here, loop, 0, hit, about);
}

typedef struct {
    int32_t route;
    int32_t where; /* a condition about the loop or segment that the value is in, or -1 */
    Value value;
    void *about;
} Values;

static int values_of(Judge *judge, const Here *here, int32_t loop, int32_t number, void *about)
{
    const Values *values = about;
    if (values->where >= 0) {
        const Here inner = {loop, number, here};
        int answer = holds(judge, values->where, &inner);
        if (answer != 1)
            return answer; /* no, or not sure */
    }
    const Route *route = &judge->routes.at[values->route];
    if (!route->element_count || number < 0)
        return values->value(judge, (Text){"", 0}, values->about);
    for (int32_t n = 0; n < route->element_count; n++) {
        Text text = element(judge, &judge->segments.at[number], judge->numbers.at[route->elements + n]);
        if (text.size && route->component)
            text = component(judge, text, route->component);
        if (!text.size)
            continue;
        int answer = values->value(judge, text, values->about);
        if (answer)
            return answer;
        route = &judge->routes.at[values->route];
    }
    return 0;
}

int each_value(Judge *judge, int32_t route, int32_t where, const Here *here, Value value, void *about)
{
    Values values = {route, where, value, about};
    return route_hit(judge, route, here, values_of, &values);
}
