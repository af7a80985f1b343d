/* The claim that a payment is of, as it is kept: JSON without blanks, in which what is empty is not told. */

#include "payments.h"

typedef struct {
    const char *at, *stop;
    int failed; /* it is not what is expected: nothing is said of it */
} Json;

static int next_is(Json *json, char expected)
{
    if (json->at < json->stop && *json->at == expected) {
        json->at++;
        return 1;
    }
    return 0;
}

/* A text as it stands between its quotes; what is escaped in it makes it one of which nothing is sure. */
static Text string(Json *json, int *escaped)
{
    if (!next_is(json, '"')) {
        json->failed = 1;
        return NONE;
    }
    const char *begun = json->at, *end = begun;
    while ((end = memchr(end, '"', (size_t)(json->stop - end))) != NULL) {
        int before = 0; /* of the backslashes before a quote each second one is escaped itself */
        while (end - before > begun && end[-1 - before] == '\\')
            before++;
        if (before % 2 == 0)
            break;
        end++;
    }
    if (end == NULL) {
        json->failed = 1;
        return NONE;
    }
    json->at = end + 1;
    *escaped |= memchr(begun, '\\', (size_t)(end - begun)) != NULL;
    return (Text){begun, (int32_t)(end - begun)};
}

static void passed(Json *json)
{
    int depth = 0, escaped = 0;
    do {
        if (json->at >= json->stop) {
            json->failed = 1;
            return;
        }
        char here = *json->at;
        if (here == '"') {
            string(json, &escaped);
            if (json->failed)
                return;
        } else {
            depth += (here == '{' || here == '[') - (here == '}' || here == ']');
            json->at++;
        }
    } while (depth > 0 || (json->at < json->stop && *json->at != ',' && *json->at != '}' && *json->at != ']'));
}

/* The next name in an object whose bracket was passed; false behind the last. */
static int named(Json *json, Text *name)
{
    int escaped = 0;
    if (json->failed || next_is(json, '}'))
        return 0;
    next_is(json, ',');
    *name = string(json, &escaped);
    if (escaped || !next_is(json, ':'))
        json->failed = 1;
    return !json->failed;
}

static int opened(Json *json, char bracket)
{
    if (next_is(json, bracket))
        return 1;
    json->failed = 1;
    return 0;
}

/* The next value of a list whose bracket was passed stands behind this; false behind the last. */
static int listed(Json *json)
{
    if (json->failed || next_is(json, ']'))
        return 0;
    next_is(json, ',');
    return 1;
}

static Text sure(Json *json)
{
    int escaped = 0;
    Text text = string(json, &escaped);
    if (escaped)
        json->failed = 1;
    return text;
}

static int64_t sure_amount(Json *json)
{
    int64_t amount = 0;
    if (!plain_amount(sure(json), &amount))
        json->failed = 1;
    return amount;
}

typedef struct {
    const char *name;
    Text *to;
} Wanted;

/* Some of the texts of an object. */
static void texts(Json *json, const Wanted *wanted)
{
    Text name;
    if (!opened(json, '{'))
        return;
    while (named(json, &name)) {
        const Wanted *one = wanted;
        while (one->name != NULL && !same(name, (Text){one->name, (int32_t)strlen(one->name)}))
            one++;
        if (one->name == NULL)
            passed(json);
        else
            *one->to = sure(json);
    }
}

static void period_read(Json *json, Period *period)
{
    const Wanted wanted[] = {{"start", &period->start}, {"end", &period->end}, {NULL, NULL}};
    texts(json, wanted);
    if (period->start.size != 10 || period->end.size != 10)
        json->failed = 1;
}

static void procedure_read(Json *json, SentLine *line)
{
    Text name;
    if (!opened(json, '{'))
        return;
    while (named(json, &name)) {
        if (same(name, TEXT("code")))
            line->code = sure(json);
        else if (same(name, TEXT("modifiers"))) {
            if (!opened(json, '['))
                return;
            while (listed(json)) {
                if (line->count == MODIFIERS) {
                    json->failed = 1;
                    return;
                }
                line->modifiers[line->count++] = sure(json);
            }
        } else
            passed(json);
    }
}

static void line_read(Json *json, SentLine *line)
{
    Text name;
    memset(line, 0, sizeof *line);
    line->number = line->code = line->revenue = line->period.start = line->period.end = NONE;
    if (!opened(json, '{'))
        return;
    while (named(json, &name)) {
        if (same(name, TEXT("control_number")))
            line->number = sure(json);
        else if (same(name, TEXT("procedure")))
            procedure_read(json, line);
        else if (same(name, TEXT("revenue_code")))
            line->revenue = sure(json);
        else if (same(name, TEXT("charge")))
            line->charge = sure_amount(json);
        else if (same(name, TEXT("period")))
            period_read(json, &line->period);
        else
            passed(json);
    }
}

int sent_read(const char *at, const char *stop, Sent *sent)
{
    Json read = {at, stop, 0}, *json = &read;
    const Wanted subscriber[] = {{"member_id", &sent->subscriber}, {NULL, NULL}};
    const Wanted patient[] = {
        {"member_id", &sent->patient}, {"last_name", &sent->last_name}, {"first_name", &sent->first_name}, {NULL, NULL}};
    const Wanted billing[] = {{"id", &sent->billing}, {"id_qualifier", &sent->billing_qualifier}, {NULL, NULL}};
    const Wanted payer[] = {{"id", &sent->payer}, {"name", &sent->payer_name}, {NULL, NULL}};
    Text name;
    sent->id = sent->subscriber = sent->patient = sent->last_name = sent->first_name = sent->billing = NONE;
    sent->billing_qualifier = sent->payer = sent->payer_name = sent->period.start = sent->period.end = NONE;
    sent->charge = sent->lines = 0;
    if (!opened(json, '{'))
        return 0;
    while (named(json, &name)) {
        if (same(name, TEXT("id")))
            sent->id = sure(json);
        else if (same(name, TEXT("charge")))
            sent->charge = sure_amount(json);
        else if (same(name, TEXT("subscriber")))
            texts(json, subscriber);
        else if (same(name, TEXT("patient")))
            texts(json, patient);
        else if (same(name, TEXT("billing")))
            texts(json, billing);
        else if (same(name, TEXT("payer")))
            texts(json, payer);
        else if (same(name, TEXT("period")))
            period_read(json, &sent->period);
        else if (same(name, TEXT("lines"))) {
            if (!opened(json, '['))
                return 0;
            while (listed(json)) {
                if (sent->lines == SENT)
                    return 0;
                line_read(json, &sent->line[sent->lines++]);
            }
        } else
            passed(json);
    }
    return !json->failed && json->at == json->stop;
}

