/* Authorizations as far as linking compares them, read from the JSON of their records, which has no defaults in it; or "not plain".

   An authorization is plain where what it certifies is procedures, none of them a range, for whole numbers of units, each by
   itself: no stays, no patterns, nothing for the event as a whole but its dates and place. */

#include "link.h"

typedef struct {
    const char *at, *stop;
} Json;

static void blanks(Json *json)
{
    while (json->at < json->stop && (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
        json->at++;
}

static int next_is(Json *json, char c)
{
    blanks(json);
    if (json->at == json->stop || *json->at != c)
        return 0;
    json->at++;
    return 1;
}

/* A text of basic characters, none of them escaped. */
static int text_read(Json *json, Text *text)
{
    if (!next_is(json, '"'))
        return 0;
    const char *begin = json->at;
    for (; json->at < json->stop && *json->at != '"'; json->at++)
        if (*json->at == '\\' || (unsigned char)*json->at < 0x20 || (unsigned char)*json->at > 0x7e)
            return 0;
    if (json->at == json->stop)
        return 0;
    *text = (Text){begin, (int32_t)(json->at++ - begin)};
    return 1;
}

/* Whatever stands here, passed over. */
static int passed(Json *json, int depth)
{
    blanks(json);
    if (json->at == json->stop || depth > 32)
        return 0;
    char open = *json->at, close = open == '{' ? '}' : ']';
    if (open == '"') {
        for (json->at++; json->at < json->stop && *json->at != '"'; json->at++)
            if (*json->at == '\\')
                json->at++;
        return next_is(json, '"');
    }
    if (open != '{' && open != '[') {
        while (json->at < json->stop && strchr(",]} \n\r\t", *json->at) == NULL)
            json->at++;
        return 1;
    }
    json->at++;
    if (next_is(json, close))
        return 1;
    do {
        if (open == '{' && !(passed(json, depth + 1) && next_is(json, ':')))
            return 0;
        if (!passed(json, depth + 1))
            return 0;
    } while (next_is(json, ','));
    return next_is(json, close);
}

/* Steps into an object: its next name, with its value ahead. 1, 0 at its end, -1 where it is no object. */
static int field(Json *json, Text *name, int *first)
{
    if (*first) {
        *first = 0;
        if (!next_is(json, '{'))
            return -1;
        if (next_is(json, '}'))
            return 0;
    }
    else if (next_is(json, '}'))
        return 0;
    else if (!next_is(json, ','))
        return -1;
    return text_read(json, name) && next_is(json, ':') ? 1 : -1;
}

/* Steps into a list: 1 with its next value ahead, 0 at its end, -1 where it is no list. */
static int item(Json *json, int *first)
{
    if (*first) {
        *first = 0;
        return !next_is(json, '[') ? -1 : !next_is(json, ']');
    }
    return next_is(json, ']') ? 0 : next_is(json, ',') ? 1 : -1;
}

/* CCYY-MM-DD as a number. */
static int date_read(Json *json, int32_t *day)
{
    Text text;
    char digits[8];
    if (!text_read(json, &text) || text.size != 10)
        return 0;
    memcpy(digits, text.at, 4);
    memcpy(digits + 4, text.at + 5, 2);
    memcpy(digits + 6, text.at + 8, 2);
    return (*day = day_of((Text){digits, 8})) != 0;
}

static int person_read(Json *json, Who *who)
{
    Text name;
    int more, first = 1;
    while ((more = field(json, &name, &first)) > 0) {
        int read = is(name, "last_name")     ? text_read(json, &who->last)
                   : is(name, "first_name")  ? text_read(json, &who->first)
                   : is(name, "member_id")   ? text_read(json, &who->member)
                   : is(name, "gender")      ? text_read(json, &who->gender)
                   : is(name, "birth_date")  ? date_read(json, &who->birth)
                                             : passed(json, 0);
        if (!read)
            return 0;
    }
    who->member = stripped(who->member);
    return more == 0;
}

typedef struct {
    Text role, name, id_qualifier, id;
    int otherwise; /* it may be known by a tax id among its references */
} Party;

static int party_read(Json *json, Party *party)
{
    Text name;
    int more, first = 1;
    *party = (Party){{"", 0}, {"", 0}, {"", 0}, {"", 0}, 0};
    while ((more = field(json, &name, &first)) > 0) {
        int read = is(name, "role")           ? text_read(json, &party->role)
                   : is(name, "name")         ? text_read(json, &party->name)
                   : is(name, "id_qualifier") ? text_read(json, &party->id_qualifier)
                   : is(name, "id")           ? text_read(json, &party->id)
                                              : passed(json, 0);
        party->otherwise |= is(name, "references");
        if (!read)
            return 0;
    }
    return more == 0;
}

/* Adds the NPI of a provider who may give a service, if it is known by one. False where it is known by something else. */
static int provider_added(Linker *linker, const Party *party)
{
    if (is(party->role, "DN") || is(party->role, "DK") || is(party->role, "P3"))
        return 1;
    if (!party->id.size || !is(party->id_qualifier, "XX"))
        return !party->otherwise && !is(party->id_qualifier, "24") && !is(party->id_qualifier, "34") &&
               !is(party->id_qualifier, "FI");
    if (!ADDED(linker->npis))
        return 0;
    LAST(linker->npis) = party->id;
    return 1;
}

static int providers_read(Linker *linker, Json *json, int32_t *begin, int32_t *count)
{
    Party party;
    int more, first = 1;
    *begin = linker->npis.used;
    while ((more = item(json, &first)) > 0)
        if (!party_read(json, &party) || !provider_added(linker, &party))
            return 0;
    *count = linker->npis.used - *begin;
    return more == 0;
}

static int period_read(Json *json, int32_t *start, int32_t *end)
{
    Text name;
    int more, first = 1;
    while ((more = field(json, &name, &first)) > 0)
        if (!(is(name, "start") ? date_read(json, start) : is(name, "end") ? date_read(json, end) : passed(json, 0)))
            return 0;
    return more == 0 && *start && *end;
}

/* What is certified of a unit that is counted as it is billed. */
static int quantity_read(Json *json, Service *service)
{
    Text name, amount = {"", 0};
    int more, first = 1;
    while ((more = field(json, &name, &first)) > 0)
        if (!(is(name, "unit") ? text_read(json, &service->unit) : is(name, "amount") ? text_read(json, &amount) : passed(json, 0)))
            return 0;
    service->limited = 1;
    return more == 0 && (is(service->unit, "UN") || is(service->unit, "FL")) && whole_number(amount, &service->amount);
}

static int modifiers_read(Json *json, Service *service)
{
    int more, first = 1, count = 0;
    while ((more = item(json, &first)) > 0)
        if (count == MODIFIERS || !text_read(json, &service->modifiers[count++]))
            return 0;
    return more == 0;
}

static int procedure_read(Json *json, Service *service)
{
    Text name;
    int more, first = 1;
    service->qualifier = (Text){"HC", 2};
    while ((more = field(json, &name, &first)) > 0) {
        int read = is(name, "code")        ? text_read(json, &service->code)
                   : is(name, "qualifier") ? text_read(json, &service->qualifier)
                   : is(name, "modifiers") ? modifiers_read(json, service)
                                           : is(name, "description") && passed(json, 0);
        if (!read)
            return 0;
    }
    return more == 0 && service->code.size > 0;
}

static int decision_read(Json *json, int *decision)
{
    static const char *const answered[] = {"denied", "pended", "contact-payer", "partly-certified", "rejected", "unanswered"};
    Text text;
    if (!text_read(json, &text))
        return 0;
    *decision = is(text, "certified") || is(text, "modified") ? CERTIFIED : is(text, "cancelled") ? CANCELLED : OPEN;
    for (size_t n = 0; n < sizeof answered / sizeof *answered; n++)
        if (is(text, answered[n]))
            *decision = ANSWERED;
    return 1;
}

static int service_read(Linker *linker, Json *json)
{
    Text name;
    int more, first = 1;
    if (!ADDED(linker->services))
        return 0;
    Service *service = &LAST(linker->services);
    *service = (Service){.plain = 1};
    while ((more = field(json, &name, &first)) > 0) {
        int read = is(name, "decision")    ? decision_read(json, &service->decision)
                   : is(name, "number")    ? text_read(json, &service->number)
                   : is(name, "procedure") ? procedure_read(json, service)
                   : is(name, "period")    ? period_read(json, &service->start, &service->end)
                   : is(name, "quantity")  ? quantity_read(json, service)
                   : is(name, "place")     ? text_read(json, &service->place)
                   : is(name, "providers") ? providers_read(linker, json, &service->npis, &service->npi_count)
                   : is(name, "pattern") || is(name, "doubt") ? 0
                                                              : passed(json, 0);
        if (!read)
            return 0;
    }
    return more == 0 && service->code.size > 0;
}

static int services_read(Linker *linker, Json *json, Answer *answer)
{
    int more, first = 1;
    answer->services = linker->services.used;
    while ((more = item(json, &first)) > 0)
        if (!service_read(linker, json))
            return 0;
    answer->service_count = linker->services.used - answer->services;
    return more == 0;
}

/* What stands above the services of an authorization. */
typedef struct {
    int32_t start, end, npis, npi_count;
    Text place;
    Party payer, requester;
} Event;

static int record_read(Linker *linker, Json *json, Answer *answer, Event *event)
{
    Text name, text;
    Who subscriber = {0};
    int more, first = 1;
    while ((more = field(json, &name, &first)) > 0) {
        int read = 1;
        if (is(name, "kind")) {
            read = text_read(json, &text);
            answer->referral = read && is(text, "referral");
        }
        else if (is(name, "source"))
            read = text_read(json, &text) && is(text, "278");
        else if (is(name, "category"))
            read = text_read(json, &text) && !is(text, "AR");
        else if (is(name, "admission") || is(name, "quantity") || is(name, "pattern"))
            read = 0;
        else if (is(name, "decision"))
            read = decision_read(json, &answer->decision);
        else if (is(name, "number"))
            read = text_read(json, &answer->number);
        else if (is(name, "payer"))
            read = party_read(json, &event->payer);
        else if (is(name, "requester"))
            read = party_read(json, &event->requester);
        else if (is(name, "subscriber"))
            read = person_read(json, &subscriber);
        else if (is(name, "patient"))
            read = person_read(json, &answer->who);
        else if (is(name, "dependent")) {
            blanks(json);
            answer->dependent = json->at < json->stop && *json->at == 't';
            read = passed(json, 0);
        }
        else if (is(name, "period"))
            read = period_read(json, &event->start, &event->end);
        else if (is(name, "place"))
            read = text_read(json, &event->place);
        else if (is(name, "providers"))
            read = providers_read(linker, json, &event->npis, &event->npi_count);
        else if (is(name, "services"))
            read = services_read(linker, json, answer);
        else
            read = passed(json, 0);
        if (!read)
            return 0;
    }
    answer->members[0] = subscriber.member;
    answer->members[1] = answer->who.member;
    answer->payer = event->payer.name;
    answer->payer_id = stripped(event->payer.id);
    return more == 0;
}

/* What a service inherits of its event. */
static int inherited(Linker *linker, Answer *answer, const Event *event)
{
    int32_t asking = linker->npis.used;
    if (!provider_added(linker, &event->requester))
        return 0;
    for (int32_t n = answer->services; n < answer->services + answer->service_count; n++) {
        Service *service = &linker->services.at[n];
        if (!service->start) {
            service->start = event->start;
            service->end = event->end;
        }
        if (!service->place.size)
            service->place = event->place;
        if (!service->number.size)
            service->number = answer->number;
        service->number = stripped(service->number);
        if (!service->npi_count) {
            service->npis = event->npi_count ? event->npis : asking;
            service->npi_count = event->npi_count ? event->npi_count : linker->npis.used - asking;
        }
    }
    return 1;
}

static int name_added(Linker *linker, int kind, Text text, int32_t answer, int32_t birth)
{
    char folded[NAME_SIZE];
    if (!text.size)
        return 1;
    int size = kind == BY_PERSON ? folded_name(text, folded) : 0;
    if (size < 0 || (kind == BY_PERSON && !size))
        return size == 0;
    if (!ADDED(linker->names))
        return 0;
    uint64_t hash = hash_of(kind, kind == BY_PERSON ? (Text){folded, size} : text) + (uint64_t)birth;
    LAST(linker->names) = (Name){hash, text, kind, answer, birth};
    return 1;
}

/* By what claims find it. */
static int named(Linker *linker, const Answer *answer, int32_t number)
{
    for (int n = 0; n < 2; n++)
        if ((n == 0 || !same(answer->members[0], answer->members[1])) &&
            !name_added(linker, BY_MEMBER, answer->members[n], number, 0))
            return 0;
    for (int32_t n = answer->services; n < answer->services + answer->service_count; n++)
        if (!name_added(linker, BY_NUMBER, linker->services.at[n].number, number, 0))
            return 0;
    return !answer->who.birth || name_added(linker, BY_PERSON, answer->who.last, number, answer->who.birth);
}

/* 1; 0 where what claims it is near cannot be told, or -1 with an exception set. */
int answer_read(Linker *linker, long long id, const char *record, Py_ssize_t size)
{
    Json json = {record, record + size};
    Event event = {0};
    int32_t number = linker->answers.used;
    if (!ADDED(linker->answers))
        return -1;
    LAST(linker->answers) = (Answer){.id = id};
    Answer answer = {.id = id};
    event.payer = event.requester = (Party){{"", 0}, {"", 0}, {"", 0}, {"", 0}, 0};
    answer.plain = record_read(linker, &json, &answer, &event) && answer.service_count > 0 && inherited(linker, &answer, &event);
    if (PyErr_Occurred())
        return -1;
    linker->answers.at[number] = answer;
    if (!answer.plain)
        return 0;
    return named(linker, &answer, number) ? 1 : PyErr_Occurred() ? -1 : 0;
}
