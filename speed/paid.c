/* A payment told as it is kept, with its lines. */

#include "payments.h"

/* The component of a procedure, from 0 on. */
Text part_of(const Paid *paid, Text text, int number)
{
    Text found;
    component_given(text, paid->component, number + 1, &found);
    return found;
}

/* HC, a code and up to four modifiers: anything else is left. */
static int told_procedure(Out *out, const Paid *paid, const char *name, Text text)
{
    int parts = 1, begun = 0;
    for (int n = 0; n < text.size; n++)
        parts += text.at[n] == paid->component;
    if (parts < 2 || parts > 2 + MODIFIERS || !same(part_of(paid, text, 0), TEXT("HC")) || !part_of(paid, text, 1).size)
        return 0;
    begin(out, name, "{");
    field(out, "code", part_of(paid, text, 1));
    for (int n = 2; n < parts; n++) {
        Text modifier = part_of(paid, text, n);
        if (!modifier.size)
            continue;
        if (!begun++)
            begin(out, "modifiers", "[");
        comma(out);
        say(out, "\"");
        put_text(out, modifier);
        say(out, "\"");
    }
    say(out, begun ? "]}" : "}");
    return 1;
}

static int told_line(Out *out, Paid *paid, int ordinal, Period claims, PyObject *harmless)
{
    static const char *const DAYS[] = {"472", "150", "151", NULL};
    static const char *const IDS[] = {"DTM", "CAS", "REF", "AMT", "QTY", "LQ", NULL};
    Line *line = &paid->line[ordinal];
    const Row *svc = &paid->rows[line->first];
    Text days[3] = {NONE, NONE, NONE};
    char number[16];
    int64_t sum;
    for (int n = line->first + 1; n < line->last; n++) {
        int id = 0;
        while (IDS[id] != NULL && !is_id(&paid->rows[n], IDS[id]))
            id++;
        if (IDS[id] == NULL)
            return 0;
        if (is_id(&paid->rows[n], "REF") && is_code(&paid->rows[n], 1, "6R") && !line->number.at)
            line->number = paid->rows[n].at[2];
    }
    if (!line->number.at)
        line->number = NONE;
    if (!told_days(paid, line->first, line->last, DAYS, days))
        return 0;
    line->period = between(days[0], days[1], days[2]);
    if (!line->period.end.size)
        line->period = claims;
    line->procedure = svc->at[1];
    line->submitted = svc->at[6];
    line->revenue = svc->at[4];
    begin(out, "", "{\"ordinal\":");
    snprintf(number, sizeof number, "%d", ordinal + 1);
    say(out, number);
    field_if(out, "control_number", line->number);
    if (!told_procedure(out, paid, "procedure", line->procedure))
        return 0;
    if (line->submitted.size && !told_procedure(out, paid, "submitted", line->submitted))
        return 0;
    field_if(out, "revenue_code", line->revenue);
    if (!told_sum(out, "charge", svc->at[2], 0, &line->charge) || !told_sum(out, "paid", svc->at[3], 0, &sum) ||
        !told_amount(out, "units", svc->at[5]) || !told_amount(out, "submitted_units", svc->at[7]))
        return 0;
    told_period(out, line->period);
    if (!told_adjustments(out, paid, line->first, line->last, harmless))
        return 0;
    told_remarks(out, paid, line->first, line->last, "HE", "remarks");
    told_remarks(out, paid, line->first, line->last, "RX", "rejects");
    told_references(out, paid, line->first, line->last);
    if (!told_figures(out, paid, line->first, line->last, "AMT", "amounts") ||
        !told_figures(out, paid, line->first, line->last, "QTY", "quantities"))
        return 0;
    say(out, "}");
    return 1;
}

/* The segments of a claim, whose lines are laid out: where each begins and ends, and who is named first of each kind. */
static int laid(Paid *paid, int *last)
{
    static const char *const IDS[] = {"NM1", "MOA", "DTM", "CAS", "REF", "AMT", "QTY", NULL};
    static const char *const CODES[] = {"QC", "IL", "74", "GB", "82"};
    int at = 1;
    for (; at < paid->used && !is_id(&paid->rows[at], "SVC"); at++) {
        const Row *row = &paid->rows[at];
        int id = 0, who = 0;
        while (IDS[id] != NULL && !is_id(row, IDS[id]))
            id++;
        if (IDS[id] == NULL || (is_id(row, "REF") && is_code(row, 1, "F8"))) /* which names an earlier claim */
            return 0;
        if (is_id(row, "MOA") && paid->outpatient == NULL)
            paid->outpatient = row;
        if (id)
            continue;
        while (who < PEOPLE && !is_code(row, 1, CODES[who]))
            who++;
        if (who == PEOPLE)
            return 0;
        if (paid->people[who] == NULL)
            paid->people[who] = row;
    }
    *last = at;
    for (; at < paid->used; at++) {
        if (is_id(&paid->rows[at], "SVC")) {
            if (paid->lines == LINES)
                return 0;
            paid->line[paid->lines++] = (Line){.first = at};
        }
        paid->line[paid->lines - 1].last = at + 1;
    }
    return 1;
}

int payment_told(Out *out, Paid *paid, Text header, Py_ssize_t offset, PyObject *harmless)
{
    static const char *const DAYS[] = {"232", "472", "233", "050", "036", NULL};
    static const char *const CALLED[] = {"patient", "insured", "corrected", "other_subscriber"};
    const Row *clp = &paid->rows[0];
    Text days[5] = {NONE, NONE, NONE, NONE, NONE};
    int last;
    if (!paid->used || !is_id(clp, "CLP") || clp->at[12].size || clp->at[13].size || !laid(paid, &last) ||
        !told_days(paid, 1, last, DAYS, days))
        return 0;
    paid->period = between(days[0], days[1], days[2]);
    begin(out, "", "{");
    field(out, "claim", clp->at[1]);
    field_if(out, "payer_claim", clp->at[7]);
    field_if(out, "status", clp->at[2]);
    if (!told_sum(out, "charge", clp->at[3], 0, &paid->charge) || !told_sum(out, "paid", clp->at[4], 0, &paid->sum) ||
        !told_amount(out, "patient_share", clp->at[5]))
        return 0;
    field_if(out, "filing", clp->at[6]);
    field_if(out, "facility", clp->at[8]);
    field_if(out, "frequency", clp->at[9]);
    field_if(out, "drg", clp->at[11]);
    for (int n = 0; n < RENDERING; n++)
        if (n == PATIENT || paid->people[n] != NULL)
            told_person(out, CALLED[n], paid->people[n]);
    told_period(out, paid->period);
    field_if(out, "received_on", days[3]);
    field_if(out, "covered_until", days[4]);
    if (!told_adjustments(out, paid, 1, last, harmless))
        return 0;
    if (paid->outpatient != NULL)
        told_codes(out, paid->outpatient);
    told_references(out, paid, 1, last);
    if (!told_figures(out, paid, 1, last, "AMT", "amounts") || !told_figures(out, paid, 1, last, "QTY", "quantities") ||
        (paid->outpatient != NULL && !told_outpatient(out, paid->outpatient)))
        return 0;
    if (paid->people[RENDERING] != NULL)
        told_party(out, "rendering", paid->people[RENDERING]);
    if (paid->lines)
        begin(out, "lines", "[");
    for (int n = 0; n < paid->lines; n++)
        if (!told_line(out, paid, n, paid->period, harmless))
            return 0;
    if (paid->lines)
        say(out, "]");
    comma(out);
    put_text(out, header);
    if (offset) {
        char number[32];
        snprintf(number, sizeof number, ",\"offset\":%zd", offset);
        say(out, number);
    }
    say(out, "}");
    return !out->failed;
}
