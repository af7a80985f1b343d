/* The claim that a payment is of, as it is kept: what is empty is not told. */

#include "json.h"
#include "payments.h"

static int64_t amount_read(Json *json)
{
    int64_t amount = 0;
    if (!plain_amount(json_text(json), &amount))
        json->failed = 1;
    return amount;
}

static void period_read(Json *json, Period *period)
{
    const Wanted wanted[] = {{"start", &period->start}, {"end", &period->end}, {NULL, NULL}};
    json_texts(json, wanted);
    if (period->start.size != 10 || period->end.size != 10)
        json->failed = 1;
}

static void procedure_read(Json *json, SentLine *line)
{
    Text name;
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        if (is(name, "code"))
            line->code = json_text(json);
        else if (is(name, "modifiers")) {
            if (!json_opened(json, '['))
                return;
            while (json_listed(json)) {
                if (line->count == MODIFIERS) {
                    json->failed = 1;
                    return;
                }
                line->modifiers[line->count++] = json_text(json);
            }
        } else
            json_passed(json);
    }
}

static void line_read(Json *json, SentLine *line)
{
    Text name;
    memset(line, 0, sizeof *line);
    line->number = line->code = line->revenue = line->period.start = line->period.end = NONE;
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        if (is(name, "control_number"))
            line->number = json_text(json);
        else if (is(name, "procedure"))
            procedure_read(json, line);
        else if (is(name, "revenue_code"))
            line->revenue = json_text(json);
        else if (is(name, "charge"))
            line->charge = amount_read(json);
        else if (is(name, "period"))
            period_read(json, &line->period);
        else
            json_passed(json);
    }
}

int sent_read(const char *at, const char *stop, Sent *sent)
{
    Json read = {at, stop, 0, 0}, *json = &read;
    const Wanted subscriber[] = {{"member_id", &sent->subscriber}, {NULL, NULL}};
    const Wanted patient[] = {
        {"member_id", &sent->patient}, {"last_name", &sent->last_name}, {"first_name", &sent->first_name}, {NULL, NULL}};
    const Wanted billing[] = {{"id", &sent->billing}, {"id_qualifier", &sent->billing_qualifier}, {NULL, NULL}};
    const Wanted payer[] = {{"id", &sent->payer}, {"name", &sent->payer_name}, {NULL, NULL}};
    Text name;
    sent->id = sent->subscriber = sent->patient = sent->last_name = sent->first_name = sent->billing = NONE;
    sent->billing_qualifier = sent->payer = sent->payer_name = sent->period.start = sent->period.end = NONE;
    sent->charge = sent->lines = 0;
    if (!json_opened(json, '{'))
        return 0;
    while (json_named(json, &name)) {
        if (is(name, "id"))
            sent->id = json_text(json);
        else if (is(name, "charge"))
            sent->charge = amount_read(json);
        else if (is(name, "subscriber"))
            json_texts(json, subscriber);
        else if (is(name, "patient"))
            json_texts(json, patient);
        else if (is(name, "billing"))
            json_texts(json, billing);
        else if (is(name, "payer"))
            json_texts(json, payer);
        else if (is(name, "period"))
            period_read(json, &sent->period);
        else if (is(name, "lines")) {
            if (!json_opened(json, '['))
                return 0;
            while (json_listed(json)) {
                if (sent->lines == SENT)
                    return 0;
                line_read(json, &sent->line[sent->lines++]);
            }
        } else
            json_passed(json);
    }
    return !json->failed && json->at == json->stop;
}

