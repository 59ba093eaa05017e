#pragma once
#include <stddef.h>
#include <stdint.h>

/* A compiled pattern with room for one match; for one thread at a time. */
struct sluice_regex;

/* NULL for an invalid pattern. */
struct sluice_regex *_Nullable sluice_regex_new(const uint8_t *_Nullable pattern, size_t length);
void sluice_regex_free(struct sluice_regex *_Nonnull regex);

/* Capture groups of the pattern, without group 0. */
uint32_t sluice_regex_group_count(const struct sluice_regex *_Nonnull regex);

/* Searches from byte `start`: 1 found, 0 not found, negative: failed, as when a limit is reached.
   `anchored`: the match must span the whole text. `nonEmpty`: at `start` only a match that is not empty counts. */
int sluice_regex_match(struct sluice_regex *_Nonnull regex, const uint8_t *_Nullable text, size_t length,
                       size_t start, int anchored, int nonEmpty);

/* Bounds of a group of the last match; 0 if the group took no part. */
int sluice_regex_group(const struct sluice_regex *_Nonnull regex, uint32_t group, size_t *_Nonnull start,
                       size_t *_Nonnull end);
