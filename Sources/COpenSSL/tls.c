#include "include/copenssl_tls.h"
#include "stores.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sluice_tls_context {
    SSL_CTX *settings;
    int has_certificate;
};

struct sluice_tls {
    SSL *ssl;
    int has_certificate;
    int certificate_asked;
    int any_input;
    int plain_text;
    unsigned long error;
    const unsigned char *in;
    size_t in_left;
    unsigned char *out;
    size_t out_size, out_used;
    unsigned char *kept;
    size_t kept_size, kept_used;
};

/* The BIO between OpenSSL and the two buffers. */

static int buffer_write(BIO *bio, const char *bytes, int length) {
    struct sluice_tls *session = BIO_get_data(bio);
    if (!session || length <= 0) return 0;
    size_t rest = (size_t)length;
    if (session->kept_used == 0 && session->out) {
        size_t room = session->out_size - session->out_used;
        size_t part = rest < room ? rest : room;
        memcpy(session->out + session->out_used, bytes, part);
        session->out_used += part;
        bytes += part;
        rest -= part;
    }
    if (rest == 0) return length;
    if (session->kept_size - session->kept_used < rest) {
        size_t size = (session->kept_used + rest) * 2;
        unsigned char *larger = realloc(session->kept, size);
        if (!larger) return -1;
        session->kept = larger;
        session->kept_size = size;
    }
    memcpy(session->kept + session->kept_used, bytes, rest);
    session->kept_used += rest;
    return length;
}

static int buffer_read(BIO *bio, char *bytes, int length) {
    struct sluice_tls *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!session || length <= 0) return 0;
    if (session->in_left == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t part = session->in_left < (size_t)length ? session->in_left : (size_t)length;
    memcpy(bytes, session->in, part);
    session->in += part;
    session->in_left -= part;
    return (int)part;
}

static long buffer_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *buffer_method;
static int session_index;

static void prepare(void) {
    /* Loops may still close connections while the process ends: nothing is cleaned up under them. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    session_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffers");
    if (!method) return;
    BIO_meth_set_write(method, buffer_write);
    BIO_meth_set_read(method, buffer_read);
    BIO_meth_set_ctrl(method, buffer_control);
    buffer_method = method;
}

static int is_prepared(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    return buffer_method != NULL && session_index >= 0;
}

/* Contexts. */

static void error_text(unsigned long error, char *why, size_t why_size) {
    const char *text = NULL;
    if (ERR_SYSTEM_ERROR(error)) text = strerror(ERR_GET_REASON(error));
    else if (error) text = ERR_reason_error_string(error);
    snprintf(why, why_size, "%s", text ? text : "unknown cause");
}

struct passphrase {
    const char *text;
    int was_asked;
};

/* A key's passphrase is given or missing; nobody is asked on the terminal. */
static int given_passphrase(char *buffer, int size, int writing, void *data) {
    (void)writing;
    struct passphrase *given = data;
    if (given) given->was_asked = 1;
    size_t length = given && given->text ? strlen(given->text) : 0;
    if (length == 0 || length > (size_t)size) return -1;
    memcpy(buffer, given->text, length);
    return (int)length;
}

static int asked_for_certificate(SSL *ssl, void *data) {
    (void)data;
    struct sluice_tls *session = SSL_get_ex_data(ssl, session_index);
    if (session) session->certificate_asked = 1;
    return 1;
}

static int load_authorities(SSL_CTX *settings, const struct sluice_tls_files *files, const char **why) {
    if (!files->authorities) return 1;
    if (sluice_store_kind(files->authorities) == SLUICE_STORE_PEM)
        return SSL_CTX_load_verify_file(settings, files->authorities) == 1;
    return sluice_store_trust(settings, files->authorities, files->authorities_password, why);
}

static int load(SSL_CTX *settings, const struct sluice_tls_files *files, enum sluice_tls_part *part,
                const char **why) {
    *part = SLUICE_TLS_AUTHORITIES;
    if (!load_authorities(settings, files, why)) return 0;
    if (!files->certificate) return 1;
    *part = SLUICE_TLS_CERTIFICATE;
    if (sluice_store_kind(files->certificate) != SLUICE_STORE_PEM) {
        if (!sluice_store_own(settings, files->certificate, files->password, why)) return 0;
    } else {
        if (SSL_CTX_use_certificate_chain_file(settings, files->certificate) != 1) return 0;
        *part = SLUICE_TLS_KEY;
        const char *key = files->key ? files->key : files->certificate;
        if (SSL_CTX_use_PrivateKey_file(settings, key, SSL_FILETYPE_PEM) != 1) {
            if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) *part = SLUICE_TLS_PAIR;
            return 0;
        }
    }
    *part = SLUICE_TLS_PAIR;
    return SSL_CTX_check_private_key(settings) == 1;
}

static struct sluice_tls_context *context_of(const SSL_METHOD *method, const struct sluice_tls_files *files,
                                             enum sluice_tls_part *part, char *why, size_t why_size) {
    *part = SLUICE_TLS_NOTHING;
    ERR_clear_error();
    struct sluice_tls_context *context = is_prepared() ? calloc(1, sizeof *context) : NULL;
    if (context) context->settings = SSL_CTX_new(method);
    if (!context || !context->settings) {
        error_text(ERR_peek_error(), why, why_size);
        free(context);
        return NULL;
    }
    SSL_CTX *settings = context->settings;
    SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION);
    SSL_CTX_set_mode(settings, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_read_ahead(settings, 1);
    struct passphrase passphrase = {files->password, 0};
    SSL_CTX_set_default_passwd_cb(settings, given_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(settings, &passphrase);
    const char *reason = NULL;
    int loaded = load(settings, files, part, &reason);
    SSL_CTX_set_default_passwd_cb_userdata(settings, NULL);
    if (!loaded) {
        if (passphrase.was_asked)
            reason = files->password ? "its passphrase is wrong" : "it is protected by a passphrase";
        if (reason) snprintf(why, why_size, "%s", reason);
        else error_text(ERR_peek_error(), why, why_size);
        sluice_tls_context_free(context);
        return NULL;
    }
    context->has_certificate = files->certificate != NULL;
    return context;
}

struct sluice_tls_context *sluice_tls_client_context(const struct sluice_tls_files *files,
                                                     enum sluice_tls_part *part, char *why, size_t why_size) {
    struct sluice_tls_context *context = context_of(TLS_client_method(), files, part, why, why_size);
    if (!context) return NULL;
    if (!files->authorities) SSL_CTX_set_default_verify_paths(context->settings);
    SSL_CTX_set_verify(context->settings, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_cb(context->settings, asked_for_certificate, NULL);
    return context;
}

struct sluice_tls_context *sluice_tls_server_context(const char *authorities, const char *certificate,
                                                     const char *key, int newest, enum sluice_tls_part *part,
                                                     char *why, size_t why_size) {
    struct sluice_tls_files files = {authorities, NULL, certificate, key, NULL};
    struct sluice_tls_context *context = context_of(TLS_server_method(), &files, part, why, why_size);
    if (!context) return NULL;
    if (authorities)
        SSL_CTX_set_verify(context->settings, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (newest) {
        SSL_CTX_set_max_proto_version(context->settings, newest);
        if (newest < TLS1_2_VERSION) {
            SSL_CTX_set_min_proto_version(context->settings, newest);
            SSL_CTX_set_security_level(context->settings, 0);
        }
    }
    return context;
}

void sluice_tls_context_free(struct sluice_tls_context *context) {
    SSL_CTX_free(context->settings);
    free(context);
}

/* Sessions. */

static int expect_name(SSL *ssl, const char *name, int is_address) {
    X509_VERIFY_PARAM *checks = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(checks, name) == 1;
    return X509_VERIFY_PARAM_set1_host(checks, name, 0) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct sluice_tls *sluice_tls_new(struct sluice_tls_context *context, const char *name, int is_address) {
    ERR_clear_error();
    struct sluice_tls *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    session->has_certificate = context->has_certificate;
    session->ssl = SSL_new(context->settings);
    BIO *bio = session->ssl ? BIO_new(buffer_method) : NULL;
    if (!bio) {
        sluice_tls_free(session);
        return NULL;
    }
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_ex_data(session->ssl, session_index, session);
    if (!name) {
        SSL_set_accept_state(session->ssl);
    } else {
        SSL_set_connect_state(session->ssl);
        if (!*name || !expect_name(session->ssl, name, is_address)) {
            sluice_tls_free(session);
            return NULL;
        }
    }
    return session;
}

void sluice_tls_free(struct sluice_tls *session) {
    SSL_free(session->ssl);
    free(session->kept);
    free(session);
}

void sluice_tls_input(struct sluice_tls *session, const void *bytes, size_t length) {
    session->in = bytes;
    session->in_left = length;
    if (session->any_input || length == 0) return;
    session->any_input = 1;
    /* A conversation starts with a handshake record or an alert. */
    session->plain_text = session->in[0] != SSL3_RT_HANDSHAKE && session->in[0] != SSL3_RT_ALERT;
}

void sluice_tls_output(struct sluice_tls *session, void *memory, size_t size) {
    session->out = memory;
    session->out_size = memory ? size : 0;
    session->out_used = 0;
}

size_t sluice_tls_output_end(struct sluice_tls *session) {
    size_t used = session->out_used;
    sluice_tls_output(session, NULL, 0);
    return used;
}

size_t sluice_tls_kept(struct sluice_tls *session) { return session->kept_used; }

size_t sluice_tls_take_kept(struct sluice_tls *session, void *memory, size_t size) {
    size_t part = session->kept_used < size ? session->kept_used : size;
    if (part == 0) return 0;
    memcpy(memory, session->kept, part);
    session->kept_used -= part;
    memmove(session->kept, session->kept + part, session->kept_used);
    if (session->kept_used == 0 && session->kept_size > 65536) {
        free(session->kept);
        session->kept = NULL;
        session->kept_size = 0;
    }
    return part;
}

static enum sluice_tls_status status_of(struct sluice_tls *session, int result) {
    if (result > 0) return SLUICE_TLS_DONE;
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ: return SLUICE_TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN: return SLUICE_TLS_CLOSED;
    default:
        session->error = ERR_peek_error();
        return SLUICE_TLS_FAILED;
    }
}

enum sluice_tls_status sluice_tls_handshake(struct sluice_tls *session) {
    if (session->plain_text) return SLUICE_TLS_FAILED;
    ERR_clear_error();
    return status_of(session, SSL_do_handshake(session->ssl));
}

enum sluice_tls_status sluice_tls_read(struct sluice_tls *session, void *memory, size_t size, size_t *count) {
    ERR_clear_error();
    *count = 0;
    return status_of(session, SSL_read_ex(session->ssl, memory, size, count));
}

enum sluice_tls_status sluice_tls_write(struct sluice_tls *session, const void *bytes, size_t length) {
    size_t count = 0;
    ERR_clear_error();
    return status_of(session, SSL_write_ex(session->ssl, bytes, length, &count));
}

void sluice_tls_close(struct sluice_tls *session) {
    ERR_clear_error();
    SSL_shutdown(session->ssl);
}

const char *sluice_tls_version(struct sluice_tls *session) { return SSL_get_version(session->ssl); }

static enum sluice_tls_cause cause_of_check(long result) {
    switch (result) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return SLUICE_TLS_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return SLUICE_TLS_UNKNOWN_AUTHORITY;
    case X509_V_ERR_CERT_HAS_EXPIRED: return SLUICE_TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID: return SLUICE_TLS_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return SLUICE_TLS_WRONG_HOST;
    default: return SLUICE_TLS_UNTRUSTED;
    }
}

static enum sluice_tls_cause cause_of_reason(struct sluice_tls *session, int reason) {
    switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return SLUICE_TLS_CERTIFICATE_DEMANDED;
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        if (session->certificate_asked)
            return session->has_certificate ? SLUICE_TLS_CERTIFICATE_REFUSED : SLUICE_TLS_CERTIFICATE_DEMANDED;
        return SLUICE_TLS_OTHER;
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW: return SLUICE_TLS_OLD_VERSION;
    default: return SLUICE_TLS_OTHER;
    }
}

enum sluice_tls_cause sluice_tls_cause(struct sluice_tls *session, char *why, size_t why_size) {
    long check = SSL_get_verify_result(session->ssl);
    if (session->plain_text) {
        snprintf(why, why_size, "plain text");
        return SLUICE_TLS_PLAIN_TEXT;
    }
    if (check != X509_V_OK) {
        snprintf(why, why_size, "%s", X509_verify_cert_error_string(check));
        return cause_of_check(check);
    }
    error_text(session->error, why, why_size);
    return ERR_GET_LIB(session->error) == ERR_LIB_SSL ? cause_of_reason(session, ERR_GET_REASON(session->error))
                                                      : SLUICE_TLS_OTHER;
}
