#include "json.h"

static int next_is(Json *json, char expected)
{
    if (json->at < json->stop && *json->at == expected) {
        json->at++;
        return 1;
    }
    return 0;
}

static Text failed(Json *json)
{
    json->failed = 1;
    return (Text){"", 0};
}

/* A text as it stands between its quotes. */
static Text quoted(Json *json, int *escaped)
{
    if (!next_is(json, '"'))
        return failed(json);
    const char *begun = json->at, *end = begun;
    while ((end = memchr(end, '"', (size_t)(json->stop - end))) != NULL) {
        int before = 0; /* of the backslashes before a quote each second one is escaped itself */
        while (end - before > begun && end[-1 - before] == '\\')
            before++;
        if (before % 2 == 0)
            break;
        end++;
    }
    if (end == NULL)
        return failed(json);
    json->at = end + 1;
    *escaped = memchr(begun, '\\', (size_t)(end - begun)) != NULL;
    return (Text){begun, (int32_t)(end - begun)};
}

int json_opened(Json *json, char bracket)
{
    if (next_is(json, bracket))
        return 1;
    json->failed = 1;
    return 0;
}

int json_named(Json *json, Text *name)
{
    int escaped = 0;
    if (json->failed || next_is(json, '}'))
        return 0;
    next_is(json, ',');
    *name = quoted(json, &escaped);
    if (escaped || !next_is(json, ':'))
        json->failed = 1;
    return !json->failed;
}

int json_listed(Json *json)
{
    if (json->failed || next_is(json, ']'))
        return 0;
    next_is(json, ',');
    return 1;
}

Text json_text(Json *json)
{
    int escaped = 0;
    Text text = quoted(json, &escaped);
    if (escaped)
        return failed(json);
    for (int32_t n = 0; json->basic && n < text.size; n++)
        if (text.at[n] < ' ' || text.at[n] > '~') /* of signed chars those above 127 are below */
            return failed(json);
    return text;
}

void json_passed(Json *json)
{
    int depth = 0, escaped = 0;
    do {
        if (json->at >= json->stop) {
            json->failed = 1;
            return;
        }
        char here = *json->at;
        if (here == '"') {
            quoted(json, &escaped);
            if (json->failed)
                return;
        } else {
            depth += (here == '{' || here == '[') - (here == '}' || here == ']');
            json->at++;
        }
    } while (depth > 0 || (json->at < json->stop && *json->at != ',' && *json->at != '}' && *json->at != ']'));
}

void json_texts(Json *json, const Wanted *wanted)
{
    Text name;
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        const Wanted *one = wanted;
        while (one->name != NULL && !is(name, one->name))
            one++;
        if (one->name == NULL)
            json_passed(json);
        else
            *one->to = json_text(json);
    }
}
