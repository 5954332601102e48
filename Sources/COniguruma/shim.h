#include <oniguruma.h>

// What Oniguruma spells with macros, or takes a variable number of arguments for, as functions that Swift can call.

typedef const unsigned char *SequiturOnigText;

static inline int sequitur_onig_initialize(void) {
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
    return onig_initialize(encodings, 1);
}

static inline int sequitur_onig_new(OnigRegex *regex, SequiturOnigText pattern, long count, OnigErrorInfo *information) {
    return onig_new(
        regex, pattern, pattern + count, ONIG_OPTION_NONE, ONIG_ENCODING_UTF8, ONIG_SYNTAX_RUBY, information);
}

/// Writes what went wrong into `message`, which has room for ONIG_MAX_ERROR_MESSAGE_LEN bytes, and returns its length.
static inline int sequitur_onig_message(unsigned char *message, int code, OnigErrorInfo *information) {
    return onig_error_code_to_str(message, code, information);
}

static inline int sequitur_onig_search(
    OnigRegex regex, SequiturOnigText text, long count, long start, OnigRegion *region, OnigMatchParam *parameters) {
    return onig_search_with_param(
        regex, text, text + count, text + start, text + count, region, ONIG_OPTION_NONE, parameters);
}
