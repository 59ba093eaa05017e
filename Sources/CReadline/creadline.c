#include "include/creadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

static void *callback_context;
static sluice_rl_line_handler line_handler;
static sluice_rl_completer line_completer;
static int is_installed;

/* The rest of the candidates while readline collects them. */
static char *candidates;
static char *next_candidate;

static void take_line(char *line) {
    if (is_installed) {
        rl_callback_handler_remove();
        is_installed = 0;
    }
    line_handler(callback_context, line);
    free(line);
}

static char *candidate(const char *text, int state) {
    (void)text;
    (void)state;
    if (next_candidate == NULL || *next_candidate == 0) return NULL;
    char *end = strchr(next_candidate, '\n');
    size_t length = end ? (size_t)(end - next_candidate) : strlen(next_candidate);
    char *copy = malloc(length + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, next_candidate, length);
    copy[length] = 0;
    next_candidate += length + (end ? 1 : 0);
    return copy;
}

static char **complete_word(const char *text, int start, int end) {
    rl_attempted_completion_over = 1;
    candidates = line_completer(callback_context, rl_line_buffer, start, end);
    next_candidate = candidates;
    char **matches = candidates ? rl_completion_matches(text, candidate) : NULL;
    free(candidates);
    candidates = NULL;
    next_candidate = NULL;
    return matches;
}

void sluice_rl_setup(const char *program, void *context, sluice_rl_line_handler on_line,
                     sluice_rl_completer completer) {
    callback_context = context;
    line_handler = on_line;
    line_completer = completer;
    rl_readline_name = program;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_completer_word_break_characters = " \t\n\"'`,;()=<>+-*/|{}[]";
    rl_attempted_completion_function = complete_word;
    rl_variable_bind("enable-bracketed-paste", "on");
    using_history();
    stifle_history(10000);
}

void sluice_rl_begin(const char *prompt) {
    rl_callback_handler_install(prompt, take_line);
    is_installed = 1;
}

void sluice_rl_feed(void) { rl_callback_read_char(); }

void sluice_rl_end(void) {
    if (!is_installed) return;
    rl_callback_handler_remove();
    is_installed = 0;
}

void sluice_rl_discard_line(void) {
    /* Before the handler goes: leaving bracketed paste moves the cursor to the first column. */
    if (is_installed) {
        rl_point = rl_end;
        rl_redisplay();
    }
    fputs("^C\n", stdout);
    fflush(stdout);
    rl_callback_sigcleanup();
    rl_free_line_state();
    sluice_rl_end();
}

void sluice_rl_message(const char *text) {
    if (!is_installed) {
        fputs(text, stdout);
        fflush(stdout);
        return;
    }
    rl_clear_visible_line();
    fputs(text, rl_outstream);
    fflush(rl_outstream);
    rl_on_new_line();
    rl_redisplay();
}

void sluice_rl_resize(void) {
    if (is_installed) rl_resize_terminal();
}

int sluice_rl_has_text(void) { return is_installed && rl_end > 0; }

void sluice_rl_add_history(const char *text) { add_history(text); }
