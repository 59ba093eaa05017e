#include "include/copenssl.h"
#include <openssl/evp.h>
#include <stdlib.h>

struct sluice_digest_context {
    EVP_MD *algorithm;
    EVP_MD_CTX *state;
};

struct sluice_digest_context *sluice_digest_new(const char *name) {
    struct sluice_digest_context *context = calloc(1, sizeof *context);
    if (!context) return NULL;
    context->algorithm = EVP_MD_fetch(NULL, name, NULL);
    context->state = EVP_MD_CTX_new();
    if (!context->algorithm || !context->state || EVP_MD_get_size(context->algorithm) > 64) {
        sluice_digest_free(context);
        return NULL;
    }
    return context;
}

void sluice_digest_free(struct sluice_digest_context *context) {
    EVP_MD_CTX_free(context->state);
    EVP_MD_free(context->algorithm);
    free(context);
}

int sluice_digest(struct sluice_digest_context *context, const void *bytes, size_t length, unsigned char *out) {
    unsigned int written = 0;
    if (EVP_DigestInit_ex2(context->state, context->algorithm, NULL) != 1) return 0;
    if (length > 0 && EVP_DigestUpdate(context->state, bytes, length) != 1) return 0;
    if (EVP_DigestFinal_ex(context->state, out, &written) != 1) return 0;
    return (int)written;
}
