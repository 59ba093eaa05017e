#pragma once
#include <stddef.h>

/* TLS between two buffers: the caller moves the bytes. Nothing here is safe to use from two threads at once. */

/* Settings of many sessions. */
struct sluice_tls_context;
/* One end of one connection. */
struct sluice_tls;

/* What was read when a context could not be made. */
enum sluice_tls_part {
    SLUICE_TLS_NOTHING,
    SLUICE_TLS_AUTHORITIES,
    SLUICE_TLS_CERTIFICATE,
    SLUICE_TLS_KEY,
    SLUICE_TLS_PAIR, /* key and certificate do not belong together */
};

enum sluice_tls_status {
    SLUICE_TLS_DONE,
    SLUICE_TLS_WANTS_INPUT,
    SLUICE_TLS_CLOSED, /* the peer said that nothing follows */
    SLUICE_TLS_FAILED,
};

enum sluice_tls_cause {
    SLUICE_TLS_UNKNOWN_AUTHORITY,
    SLUICE_TLS_SELF_SIGNED,
    SLUICE_TLS_EXPIRED,
    SLUICE_TLS_NOT_YET_VALID,
    SLUICE_TLS_WRONG_HOST,
    SLUICE_TLS_UNTRUSTED, /* another defect of the peer's certificate */
    SLUICE_TLS_PLAIN_TEXT,
    SLUICE_TLS_CERTIFICATE_DEMANDED,
    SLUICE_TLS_CERTIFICATE_REFUSED,
    SLUICE_TLS_OLD_VERSION,
    SLUICE_TLS_OTHER,
};

/* Files with what one end trusts and is. Each is PEM, PKCS#12 or a Java key store of type JKS, told apart by its
   content. authorities NULL: the system's store. certificate NULL: none; key is a PEM file, NULL: it stands in the
   certificate's file. The passwords open stores and protected keys. */
struct sluice_tls_files {
    const char *_Nullable authorities;
    const char *_Nullable authorities_password;
    const char *_Nullable certificate;
    const char *_Nullable key;
    const char *_Nullable password;
};

/* A client that checks the peer's certificate and name.
   On failure NULL, and part and why (a sentence piece, zero-terminated) say what was wrong. */
struct sluice_tls_context *_Nullable sluice_tls_client_context(const struct sluice_tls_files *_Nonnull files,
                                                               enum sluice_tls_part *_Nonnull part,
                                                               char *_Nonnull why, size_t why_size);

/* A server; with authorities it demands a client's certificate from one of them. newest: 0, or the highest
   protocol version to speak (0x0302 is TLS 1.1). */
struct sluice_tls_context *_Nullable sluice_tls_server_context(
    const char *_Nullable authorities, const char *_Nonnull certificate, const char *_Nonnull key, int newest,
    enum sluice_tls_part *_Nonnull part, char *_Nonnull why, size_t why_size);

void sluice_tls_context_free(struct sluice_tls_context *_Nonnull context);

/* name: the host name or, with is_address, the address that the peer's certificate must be for; NULL in a
   server. NULL when memory is out or the name cannot be one. */
struct sluice_tls *_Nullable sluice_tls_new(struct sluice_tls_context *_Nonnull context,
                                            const char *_Nullable name, int is_address);
void sluice_tls_free(struct sluice_tls *_Nonnull session);

/* Where the peer's bytes are taken from by the following calls; valid until they want input. */
void sluice_tls_input(struct sluice_tls *_Nonnull session, const void *_Nullable bytes, size_t length);
/* Where the following calls put bytes for the peer; what does not fit is kept in the session. */
void sluice_tls_output(struct sluice_tls *_Nonnull session, void *_Nullable memory, size_t size);
/* How much of the output memory is filled; the session forgets the memory. */
size_t sluice_tls_output_end(struct sluice_tls *_Nonnull session);
/* Bytes for the peer that the session keeps, and taking the first of them. */
size_t sluice_tls_kept(struct sluice_tls *_Nonnull session);
size_t sluice_tls_take_kept(struct sluice_tls *_Nonnull session, void *_Nonnull memory, size_t size);

enum sluice_tls_status sluice_tls_handshake(struct sluice_tls *_Nonnull session);
enum sluice_tls_status sluice_tls_read(struct sluice_tls *_Nonnull session, void *_Nonnull memory, size_t size,
                                       size_t *_Nonnull count);
enum sluice_tls_status sluice_tls_write(struct sluice_tls *_Nonnull session, const void *_Nonnull bytes,
                                        size_t length);
/* Tells the peer that nothing follows. */
void sluice_tls_close(struct sluice_tls *_Nonnull session);

/* After a failure: its cause and OpenSSL's words for it. */
enum sluice_tls_cause sluice_tls_cause(struct sluice_tls *_Nonnull session, char *_Nonnull why, size_t why_size);
/* Such as "TLSv1.3". */
const char *_Nonnull sluice_tls_version(struct sluice_tls *_Nonnull session);
