#pragma once
#include <stddef.h>

/* A message digest that can be computed many times. */
struct sluice_digest_context;

/* NULL when the library does not know the algorithm. */
struct sluice_digest_context *_Nullable sluice_digest_new(const char *_Nonnull name);
void sluice_digest_free(struct sluice_digest_context *_Nonnull context);

/* Writes at most 64 bytes to out; returns their number, 0 on failure. */
int sluice_digest(struct sluice_digest_context *_Nonnull context, const void *_Nullable bytes, size_t length,
                  unsigned char *_Nullable out);
