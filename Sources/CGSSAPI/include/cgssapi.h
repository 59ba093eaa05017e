#pragma once
#include <stddef.h>

/* The client's side of GSSAPI with Kerberos 5. Getting a credential and starting a context may talk to the key
   distribution centre and block; everything else is computation. A context is used by one thread at a time. */

struct sluice_gss_credential;
struct sluice_gss_context;

enum sluice_gss_cause {
    SLUICE_GSS_OTHER,
    SLUICE_GSS_NO_TICKET, /* the credential cache is missing, empty or of another principal */
    SLUICE_GSS_EXPIRED,
    SLUICE_GSS_CLOCK_SKEW,
    SLUICE_GSS_UNKNOWN_CLIENT,
    SLUICE_GSS_UNKNOWN_SERVER,
    SLUICE_GSS_WRONG_KEY,
    SLUICE_GSS_BAD_KEYTAB, /* it cannot be read or does not hold the principal */
    SLUICE_GSS_NO_KDC,
    SLUICE_GSS_BAD_MESSAGE, /* a token or wrapped message that is damaged or out of order */
};

struct sluice_gss_error {
    enum sluice_gss_cause cause;
    /* The texts of the major and the minor status on one line, zero-terminated. */
    char text[512];
};

/* principal: NULL for the cache's own. keytab: a file to get tickets with, NULL: tickets of a cache.
   cache: NULL for the default cache; with a keytab the cache to put tickets in, which is destroyed with the
   credential. NULL on failure. */
struct sluice_gss_credential *_Nullable sluice_gss_credential_new(
    const char *_Nullable principal, const char *_Nullable keytab, const char *_Nullable cache,
    struct sluice_gss_error *_Nonnull error);
void sluice_gss_credential_free(struct sluice_gss_credential *_Nonnull credential);
/* Writes the client's principal, zero-terminated; 0 on failure, such as a ticket that has expired. */
int sluice_gss_credential_name(struct sluice_gss_credential *_Nonnull credential, char *_Nonnull name, size_t size,
                               struct sluice_gss_error *_Nonnull error);
/* Seconds for which its tickets are valid. */
unsigned sluice_gss_credential_lifetime(struct sluice_gss_credential *_Nonnull credential);

/* A server's credential, for any principal of the keytab. */
struct sluice_gss_credential *_Nullable sluice_gss_server_credential_new(const char *_Nonnull keytab,
                                                                         struct sluice_gss_error *_Nonnull error);

/* server: NULL with a server's credential; a principal such as hbase/host@REALM or, with host_based, a service such as hbase@host. The credential
   must live as long as the context. */
struct sluice_gss_context *_Nullable sluice_gss_context_new(
    struct sluice_gss_credential *_Nonnull credential, const char *_Nullable server, int host_based,
    struct sluice_gss_error *_Nonnull error);
void sluice_gss_context_free(struct sluice_gss_context *_Nonnull context);

/* These leave their result in the context; it is valid until the next call. They return 0 on failure. */

/* 1: another token of the server is needed, 2: the context is established. */
int sluice_gss_step(struct sluice_gss_context *_Nonnull context, const void *_Nullable token, size_t length,
                    struct sluice_gss_error *_Nonnull error);
/* confidential: encrypted, else signed only. */
int sluice_gss_wrap(struct sluice_gss_context *_Nonnull context, int confidential, const void *_Nullable bytes,
                    size_t length, struct sluice_gss_error *_Nonnull error);
/* confidential: whether the message was encrypted. */
int sluice_gss_unwrap(struct sluice_gss_context *_Nonnull context, const void *_Nullable bytes, size_t length,
                      int *_Nonnull confidential, struct sluice_gss_error *_Nonnull error);
const void *_Nullable sluice_gss_result(struct sluice_gss_context *_Nonnull context, size_t *_Nonnull length);
