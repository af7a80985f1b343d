/* Parts of a payment, told as they are kept: JSON, field by field, as edi.ledger.payments.writing has it. */

#include "payments.h"

/* The bytes as rows; false where a value would be escaped in JSON, or there is more of something than there is room for. */
int payment_read(Paid *paid, const char *delimiters, const char *at, const char *stop, const char *behind, Py_ssize_t size)
{
    paid->element = delimiters[0];
    paid->component = delimiters[1];
    paid->used = paid->lines = 0;
    paid->group = paid->reason = NONE;
    memset(paid->people, 0, sizeof paid->people);
    paid->outpatient = NULL;
    while (at < stop) {
        if (paid->used == ROWS)
            return 0;
        Row *row = &paid->rows[paid->used++];
        for (int n = 0; n < ELEMENTS; n++)
            row->at[n] = NONE;
        int place = 0;
        const char *begun = at;
        for (;; at++) {
            if (at == stop)
                return 0;
            int ends = *at == *behind;
            if (ends || *at == paid->element) {
                if (place == ELEMENTS)
                    return 0;
                row->at[place++] = (Text){begun, (int32_t)(at - begun)};
                begun = at + 1;
                if (ends)
                    break;
            } else if ((*at < ' ' || *at > '~' || *at == '"' || *at == '\\') && /* of signed chars those above 127 are below */
                       !(*at == paid->component && (place == 1 || place == 6) && is_id(row, "SVC"))) /* which are taken apart */
                return 0;
        }
        if (stop - at < size || memcmp(at, behind, (size_t)size))
            return 0;
        at += size;
    }
    return 1;
}

/* An amount as Decimal would write it again, in ten-thousandths; false where it might be written otherwise. */
int plain_amount(Text text, int64_t *amount)
{
    int32_t decimals = 0;
    int negative = text.size && *text.at == '-';
    const char *at = text.at + negative;
    int32_t size = text.size - negative;
    if (size < 1 || *at < '0' || *at > '9' || (*at == '0' && size > 1 && at[1] != '.') || at[size - 1] == '.')
        return 0;
    return amount_of(text, amount, &decimals) && !(negative && *amount == 0);
}

int told_amount(Out *out, const char *name, Text text)
{
    int64_t amount;
    if (!text.size)
        return 1;
    if (!plain_amount(text, &amount))
        return 0;
    field(out, name, text);
    return 1;
}

/* The same of an amount that is 0 where none is told, and is not told where it is 0 (`always`: told as 0). */
int told_sum(Out *out, const char *name, Text text, int always, int64_t *amount)
{
    *amount = 0;
    if (text.size && !plain_amount(text, amount))
        return 0;
    if (*amount || always)
        field(out, name, *amount ? text : TEXT("0"));
    return 1;
}

static int told_day(Paid *paid, int row, Text *day)
{
    Text text = paid->rows[row].at[2];
    int64_t number;
    if (!day_number(text, &number))
        return 0;
    char *to = paid->days[row];
    memcpy(to, text.at, 4);
    memcpy(to + 5, text.at + 4, 2);
    memcpy(to + 8, text.at + 6, 2);
    to[4] = to[7] = '-';
    *day = (Text){to, 10};
    return 1;
}

/* The first day of each code among the rows; false where another code is told, or what is no day. */
int told_days(Paid *paid, int first, int last, const char *const *codes, Text *days)
{
    for (int n = first; n < last; n++) {
        if (!is_id(&paid->rows[n], "DTM"))
            continue;
        int code = 0;
        while (codes[code] != NULL && !is_code(&paid->rows[n], 1, codes[code]))
            code++;
        if (codes[code] == NULL)
            return 0;
        Text day;
        if (!told_day(paid, n, &day))
            return 0;
        if (!days[code].size)
            days[code] = day;
    }
    return 1;
}

Period between(Text begun, Text other, Text ended)
{
    Text first = begun.size ? begun : other, last = ended.size ? ended : first;
    return (Period){first.size ? first : last, last};
}

void told_period(Out *out, Period period)
{
    if (!period.end.size)
        return;
    begin(out, "period", "{");
    field(out, "start", period.start);
    field(out, "end", period.end);
    say(out, "}");
}

static int is_harmless(Paid *paid, Text group, Text reason, PyObject *harmless)
{
    if (same(group, paid->group) && same(reason, paid->reason))
        return 1;
    PyObject *answer =
        PyObject_CallFunction(harmless, "s#s#", group.at, (Py_ssize_t)group.size, reason.at, (Py_ssize_t)reason.size);
    int found = answer == NULL ? 0 : PyObject_IsTrue(answer) == 1;
    Py_XDECREF(answer);
    if (found) {
        paid->group = group;
        paid->reason = reason;
    }
    return found;
}

/* CAS: every triplet, none of which may deny anything. */
int told_adjustments(Out *out, Paid *paid, int first, int last, PyObject *harmless)
{
    int begun = 0;
    for (int n = first; n < last; n++) {
        const Row *row = &paid->rows[n];
        if (!is_id(row, "CAS"))
            continue;
        for (int at = 2; at < 18; at += 3) {
            Text reason = row->at[at];
            if (!reason.size && !row->at[at + 1].size && !row->at[at + 2].size)
                continue;
            if (!reason.size)
                return 0;
            if (!is_harmless(paid, row->at[1], reason, harmless))
                return 0;
            if (!begun++)
                begin(out, "adjustments", "[");
            int64_t amount;
            begin(out, "", "{");
            field(out, "group", row->at[1]);
            field(out, "reason", reason);
            if (!told_sum(out, "amount", row->at[at + 1], 1, &amount) || !told_amount(out, "quantity", row->at[at + 2]))
                return 0;
            say(out, "}");
        }
    }
    if (begun)
        say(out, "]");
    return 1;
}

/* LQ of a list, by name; an empty code is none. */
void told_remarks(Out *out, const Paid *paid, int first, int last, const char *list, const char *name)
{
    int begun = 0;
    for (int n = first; n < last; n++) {
        const Row *row = &paid->rows[n];
        if (!is_id(row, "LQ") || !is_code(row, 1, list) || !row->at[2].size)
            continue;
        if (!begun++)
            begin(out, name, "[");
        comma(out);
        say(out, "\"");
        put_text(out, row->at[2]);
        say(out, "\"");
    }
    if (begun)
        say(out, "]");
}

void told_references(Out *out, const Paid *paid, int first, int last)
{
    int begun = 0;
    for (int n = first; n < last; n++) {
        const Row *row = &paid->rows[n];
        if (!is_id(row, "REF"))
            continue;
        if (!begun++)
            begin(out, "references", "[");
        begin(out, "", "{");
        field(out, "qualifier", row->at[1]);
        field(out, "value", row->at[2]);
        field_if(out, "description", row->at[3]);
        say(out, "}");
    }
    if (begun)
        say(out, "]");
}

int told_figures(Out *out, const Paid *paid, int first, int last, const char *id, const char *name)
{
    int begun = 0;
    for (int n = first; n < last; n++) {
        const Row *row = &paid->rows[n];
        if (!is_id(row, id))
            continue;
        if (!begun++)
            begin(out, name, "[");
        int64_t value;
        begin(out, "", "{");
        field(out, "code", row->at[1]);
        if (!told_sum(out, "value", row->at[2], 1, &value))
            return 0;
        say(out, "}");
    }
    if (begun)
        say(out, "]");
    return 1;
}

/* What NM1 has of a name behind the last one. */
static void told_names(Out *out, const Row *row)
{
    field_if(out, "first_name", row->at[4]);
    field_if(out, "middle_name", row->at[5]);
    field_if(out, "prefix", row->at[6]);
    field_if(out, "suffix", row->at[7]);
}

void told_person(Out *out, const char *name, const Row *row)
{
    begin(out, name, "{");
    if (row != NULL) {
        field_if(out, "last_name", row->at[3]);
        told_names(out, row);
        field_if(out, "member_id", row->at[9]);
        field_if(out, "member_id_qualifier", row->at[8]);
    }
    say(out, "}");
}

void told_party(Out *out, const char *name, const Row *row)
{
    begin(out, name, "{");
    field_if(out, "role", row->at[1]);
    if (!is_code(row, 2, "2"))
        say(out, row->at[1].size ? ",\"organization\":false" : "\"organization\":false");
    field_if(out, "name", row->at[3]);
    told_names(out, row);
    field_if(out, "id_qualifier", row->at[8]);
    field_if(out, "id", row->at[9]);
    say(out, "}");
}

/* The remarks of an MOA. */
void told_codes(Out *out, const Row *row)
{
    int begun = 0;
    for (int at = 3; at < 8; at++) {
        if (!row->at[at].size)
            continue;
        if (!begun++)
            begin(out, "remarks", "[");
        comma(out);
        say(out, "\"");
        put_text(out, row->at[at]);
        say(out, "\"");
    }
    if (begun)
        say(out, "]");
}

/* MOA: how a claim came to its payment. */
int told_outpatient(Out *out, const Row *row)
{
    begin(out, "outpatient", "{");
    if (!told_amount(out, "rate", row->at[1]) || !told_amount(out, "payable", row->at[2]) ||
        !told_amount(out, "renal_disease", row->at[8]) || !told_amount(out, "professional", row->at[9]))
        return 0;
    told_codes(out, row);
    say(out, "}");
    return 1;
}
