#pragma once

/* A narrow face of GNU readline: plain functions, and one context pointer for the callbacks. One thread only. */

/* A line was entered; NULL at the end of input. The text lives until the callback returns. */
typedef void (*sluice_rl_line_handler)(void *context, const char *line);

/* The candidates for the word at start..<end of the line, one a line, allocated with malloc; NULL: none. */
typedef char *(*sluice_rl_completer)(void *context, const char *line, int start, int end);

/* Sets readline up once. */
void sluice_rl_setup(const char *program, void *context, sluice_rl_line_handler on_line,
                     sluice_rl_completer completer);

/* Shows the prompt and takes the terminal over. */
void sluice_rl_begin(const char *prompt);

/* Reads what is there on stdin. */
void sluice_rl_feed(void);

/* Gives the terminal back. */
void sluice_rl_end(void);

/* Drops the line, as Ctrl-C does, and gives the terminal back. */
void sluice_rl_discard_line(void);

/* Writes text above the prompt; the line stays as it is. */
void sluice_rl_message(const char *text);

/* The terminal has another size. */
void sluice_rl_resize(void);

/* 1 if something is typed on the line. */
int sluice_rl_has_text(void);

void sluice_rl_add_history(const char *text);
