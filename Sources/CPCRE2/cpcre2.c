#include "include/cpcre2.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct sluice_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    int count;
};

struct sluice_regex *sluice_regex_new(const uint8_t *pattern, size_t length) {
    static const uint8_t empty = 0;
    int error = 0;
    PCRE2_SIZE offset = 0;
    struct sluice_regex *regex = calloc(1, sizeof *regex);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!regex || !context) {
        free(regex);
        pcre2_compile_context_free(context);
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_ANY);
    pcre2_set_parens_nest_limit(context, 200);
    pcre2_set_max_pattern_length(context, 1 << 20);
    regex->code = pcre2_compile(pattern ? pattern : &empty, length, PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error,
                                &offset, context);
    pcre2_compile_context_free(context);
    if (regex->code) regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (regex->data) regex->limits = pcre2_match_context_create(NULL);
    if (!regex->limits) {
        sluice_regex_free(regex);
        return NULL;
    }
    pcre2_set_match_limit(regex->limits, 1000000);
    pcre2_set_depth_limit(regex->limits, 100000);
    pcre2_set_heap_limit(regex->limits, 64 * 1024);
    pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    return regex;
}

void sluice_regex_free(struct sluice_regex *regex) {
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex);
}

uint32_t sluice_regex_group_count(const struct sluice_regex *regex) {
    uint32_t count = 0;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

int sluice_regex_match(struct sluice_regex *regex, const uint8_t *text, size_t length, size_t start, int anchored,
                       int nonEmpty) {
    static const uint8_t empty = 0;
    uint32_t options = 0;
    if (anchored) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    if (nonEmpty) options |= PCRE2_NOTEMPTY_ATSTART;
    regex->count = pcre2_match(regex->code, text ? text : &empty, length, start, options, regex->data, regex->limits);
    if (regex->count > 0) return 1;
    return regex->count == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

int sluice_regex_group(const struct sluice_regex *regex, uint32_t group, size_t *start, size_t *end) {
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(regex->data);
    if (regex->count <= 0 || group >= (uint32_t)regex->count) return 0;
    if (bounds[2 * group] == PCRE2_UNSET || bounds[2 * group] > bounds[2 * group + 1]) return 0;
    *start = bounds[2 * group];
    *end = bounds[2 * group + 1];
    return 1;
}
