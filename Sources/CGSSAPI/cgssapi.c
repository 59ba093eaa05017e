#include "include/cgssapi.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sluice_gss_credential {
    gss_cred_id_t handle;
    char *own_cache;
};

struct sluice_gss_context {
    gss_ctx_id_t handle;
    gss_cred_id_t credential;
    gss_name_t server;
    gss_buffer_desc result;
};

/* Errors. */

static enum sluice_gss_cause cause_of(OM_uint32 major, OM_uint32 minor) {
    switch ((krb5_error_code)minor) {
    case KRB5_KDCREP_SKEW:
    case KRB5KRB_AP_ERR_SKEW: return SLUICE_GSS_CLOCK_SKEW;
    case KRB5KRB_AP_ERR_TKT_EXPIRED: return SLUICE_GSS_EXPIRED;
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
    case KRB5KDC_ERR_NAME_EXP:
    case KRB5KDC_ERR_CLIENT_REVOKED: return SLUICE_GSS_UNKNOWN_CLIENT;
    case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN: return SLUICE_GSS_UNKNOWN_SERVER;
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5KDC_ERR_KEY_EXP: return SLUICE_GSS_WRONG_KEY;
    case KRB5_KT_NOTFOUND:
    case KRB5_KEYTAB_BADVNO: return SLUICE_GSS_BAD_KEYTAB;
    case KRB5_KDC_UNREACH:
    case KRB5_REALM_UNKNOWN:
    case KRB5_REALM_CANT_RESOLVE: return SLUICE_GSS_NO_KDC;
    case KRB5_CC_NOTFOUND:
    case KRB5_FCC_NOFILE:
    case KRB5_FCC_PERM:
    case KRB5_CC_FORMAT: return SLUICE_GSS_NO_TICKET;
    default: break;
    }
    switch (GSS_ROUTINE_ERROR(major)) {
    case GSS_S_NO_CRED: return SLUICE_GSS_NO_TICKET;
    case GSS_S_CREDENTIALS_EXPIRED:
    case GSS_S_CONTEXT_EXPIRED: return SLUICE_GSS_EXPIRED;
    case GSS_S_BAD_SIG:
    case GSS_S_DEFECTIVE_TOKEN: return SLUICE_GSS_BAD_MESSAGE;
    default: return GSS_ERROR(major) ? SLUICE_GSS_OTHER : SLUICE_GSS_BAD_MESSAGE;
    }
}

/* Appends the messages of a status, line ends replaced. Some minor statuses have no better text than "Success". */
static void append(struct sluice_gss_error *error, OM_uint32 status, int kind) {
    OM_uint32 minor, more = 0;
    size_t used = strlen(error->text);
    do {
        gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
        if (GSS_ERROR(gss_display_status(&minor, status, kind, (gss_OID)gss_mech_krb5, &more, &text))) return;
        size_t room = sizeof error->text - 1 - used;
        int says_nothing = used > 0 && text.length == 7 && memcmp(text.value, "Success", 7) == 0;
        int written = says_nothing ? 0
                                   : snprintf(error->text + used, room + 1, "%s%.*s", used ? ": " : "",
                                              (int)text.length, (const char *)text.value);
        gss_release_buffer(&minor, &text);
        used += written < 0 ? 0 : (size_t)written < room ? (size_t)written : room;
    } while (more);
    for (char *place = error->text; *place; place++)
        if (*place == '\n' || *place == '\r' || *place == '\t') *place = ' ';
}

/* 0, for the caller to return. General failures are explained by the minor status alone. */
static int failed(struct sluice_gss_error *error, OM_uint32 major, OM_uint32 minor) {
    int is_general = minor != 0 && (major == GSS_S_FAILURE || major == GSS_S_NO_CRED);
    error->cause = cause_of(major, minor);
    error->text[0] = 0;
    if (!is_general) append(error, major, GSS_C_GSS_CODE);
    if (minor != 0 && GSS_ERROR(major)) append(error, minor, GSS_C_MECH_CODE);
    if (!error->text[0]) snprintf(error->text, sizeof error->text, "status %u, %u", major, minor);
    return 0;
}

static int out_of_memory(struct sluice_gss_error *error) {
    error->cause = SLUICE_GSS_OTHER;
    snprintf(error->text, sizeof error->text, "out of memory");
    return 0;
}

/* Credentials. */

static gss_name_t import(const char *name, gss_OID type, struct sluice_gss_error *error) {
    OM_uint32 minor;
    gss_name_t imported = GSS_C_NO_NAME;
    gss_buffer_desc text = {strlen(name), (void *)name};
    OM_uint32 major = gss_import_name(&minor, &text, type, &imported);
    if (!GSS_ERROR(major)) return imported;
    failed(error, major, minor);
    return GSS_C_NO_NAME;
}

/* Whether a keytab holds a key of the principal: for GSSAPI a key that is missing is just a missing ticket. */
static int holds(const char *file, const char *principal, struct sluice_gss_error *error) {
    krb5_context library;
    krb5_principal name = NULL;
    krb5_keytab keytab = NULL;
    krb5_keytab_entry entry;
    krb5_error_code code = krb5_init_context(&library);
    if (code) return failed(error, GSS_S_FAILURE, (OM_uint32)code);
    code = krb5_parse_name(library, principal, &name);
    if (!code) code = krb5_kt_resolve(library, file, &keytab);
    if (!code) code = krb5_kt_get_entry(library, keytab, name, 0, 0, &entry);
    if (!code) krb5_free_keytab_entry_contents(library, &entry);
    if (code) {
        const char *text = krb5_get_error_message(library, code);
        error->cause = SLUICE_GSS_BAD_KEYTAB;
        snprintf(error->text, sizeof error->text, "%s", text);
        krb5_free_error_message(library, text);
    }
    if (keytab) krb5_kt_close(library, keytab);
    krb5_free_principal(library, name);
    krb5_free_context(library);
    return code == 0;
}

struct sluice_gss_credential *sluice_gss_credential_new(const char *principal, const char *keytab,
                                                        const char *cache, struct sluice_gss_error *error) {
    OM_uint32 minor, ignored;
    gss_name_t name = GSS_C_NO_NAME;
    if (principal && keytab && !holds(keytab, principal, error)) return NULL;
    if (principal && !(name = import(principal, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, error))) return NULL;
    struct sluice_gss_credential *credential = calloc(1, sizeof *credential);
    if (credential && keytab && cache) credential->own_cache = strdup(cache);
    if (!credential || (keytab && cache && !credential->own_cache)) {
        out_of_memory(error);
        free(credential);
        gss_release_name(&ignored, &name);
        return NULL;
    }
    gss_key_value_element_desc elements[2];
    gss_key_value_set_desc store = {0, elements};
    if (keytab) elements[store.count++] = (gss_key_value_element_desc){"client_keytab", keytab};
    if (cache) elements[store.count++] = (gss_key_value_element_desc){"ccache", cache};
    OM_uint32 major =
        gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, (gss_OID_set)gss_mech_set_krb5, GSS_C_INITIATE,
                              store.count ? &store : GSS_C_NO_CRED_STORE, &credential->handle, NULL, NULL);
    gss_release_name(&ignored, &name);
    if (!GSS_ERROR(major)) return credential;
    failed(error, major, minor);
    sluice_gss_credential_free(credential);
    return NULL;
}

struct sluice_gss_credential *sluice_gss_server_credential_new(const char *keytab, struct sluice_gss_error *error) {
    OM_uint32 minor;
    gss_key_value_element_desc element = {"keytab", keytab};
    gss_key_value_set_desc store = {1, &element};
    struct sluice_gss_credential *credential = calloc(1, sizeof *credential);
    if (!credential) {
        out_of_memory(error);
        return NULL;
    }
    OM_uint32 major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, (gss_OID_set)gss_mech_set_krb5,
                              GSS_C_ACCEPT, &store, &credential->handle, NULL, NULL);
    if (!GSS_ERROR(major)) return credential;
    failed(error, major, minor);
    free(credential);
    return NULL;
}

/* Tickets in memory live as long as the process otherwise. */
static void destroy_cache(const char *name) {
    krb5_context library;
    krb5_ccache cache;
    if (krb5_init_context(&library) != 0) return;
    if (krb5_cc_resolve(library, name, &cache) == 0) krb5_cc_destroy(library, cache);
    krb5_free_context(library);
}

void sluice_gss_credential_free(struct sluice_gss_credential *credential) {
    OM_uint32 minor;
    gss_release_cred(&minor, &credential->handle);
    if (credential->own_cache) destroy_cache(credential->own_cache);
    free(credential->own_cache);
    free(credential);
}

int sluice_gss_credential_name(struct sluice_gss_credential *credential, char *name, size_t size,
                               struct sluice_gss_error *error) {
    OM_uint32 minor, ignored;
    gss_name_t own = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_inquire_cred(&minor, credential->handle, &own, NULL, NULL, NULL);
    if (!GSS_ERROR(major)) major = gss_display_name(&minor, own, &text, NULL);
    if (GSS_ERROR(major)) failed(error, major, minor);
    else snprintf(name, size, "%.*s", (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
    gss_release_name(&ignored, &own);
    return !GSS_ERROR(major);
}

unsigned sluice_gss_credential_lifetime(struct sluice_gss_credential *credential) {
    OM_uint32 minor, seconds = 0;
    if (GSS_ERROR(gss_inquire_cred(&minor, credential->handle, NULL, &seconds, NULL, NULL))) return 0;
    return seconds;
}

/* Contexts. */

struct sluice_gss_context *sluice_gss_context_new(struct sluice_gss_credential *credential, const char *server,
                                                  int host_based, struct sluice_gss_error *error) {
    gss_OID type = host_based ? GSS_C_NT_HOSTBASED_SERVICE : (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME;
    gss_name_t name = GSS_C_NO_NAME;
    if (server && !(name = import(server, type, error))) return NULL;
    struct sluice_gss_context *context = calloc(1, sizeof *context);
    if (!context) {
        OM_uint32 minor;
        out_of_memory(error);
        gss_release_name(&minor, &name);
        return NULL;
    }
    context->credential = credential->handle;
    context->server = name;
    return context;
}

void sluice_gss_context_free(struct sluice_gss_context *context) {
    OM_uint32 minor;
    gss_release_buffer(&minor, &context->result);
    gss_delete_sec_context(&minor, &context->handle, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &context->server);
    free(context);
}

int sluice_gss_step(struct sluice_gss_context *context, const void *token, size_t length,
                    struct sluice_gss_error *error) {
    OM_uint32 minor, ignored, major, got = 0;
    OM_uint32 wanted =
        GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    gss_buffer_desc input = {length, (void *)token};
    gss_release_buffer(&ignored, &context->result);
    if (context->server)
        major = gss_init_sec_context(&minor, context->credential, &context->handle, context->server,
                                     (gss_OID)gss_mech_krb5, wanted, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                     length ? &input : GSS_C_NO_BUFFER, NULL, &context->result, &got, NULL);
    else
        major = gss_accept_sec_context(&minor, &context->handle, context->credential, &input,
                                       GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &context->result, &got, NULL, NULL);
    if (GSS_ERROR(major)) return failed(error, major, minor);
    if (major & GSS_S_CONTINUE_NEEDED) return 1;
    if ((got & GSS_C_MUTUAL_FLAG) && (got & GSS_C_INTEG_FLAG)) return 2;
    error->cause = SLUICE_GSS_OTHER;
    snprintf(error->text, sizeof error->text, "the peer did not prove who it is");
    return 0;
}

int sluice_gss_wrap(struct sluice_gss_context *context, int confidential, const void *bytes, size_t length,
                    struct sluice_gss_error *error) {
    OM_uint32 minor, ignored;
    int encrypted = 0;
    gss_buffer_desc input = {length, (void *)bytes};
    gss_release_buffer(&ignored, &context->result);
    OM_uint32 major = gss_wrap(&minor, context->handle, confidential, GSS_C_QOP_DEFAULT, &input, &encrypted,
                               &context->result);
    if (GSS_ERROR(major)) return failed(error, major, minor);
    if (encrypted || !confidential) return 1;
    error->cause = SLUICE_GSS_OTHER;
    snprintf(error->text, sizeof error->text, "the context cannot encrypt");
    return 0;
}

int sluice_gss_unwrap(struct sluice_gss_context *context, const void *bytes, size_t length, int *confidential,
                      struct sluice_gss_error *error) {
    OM_uint32 minor, ignored;
    gss_buffer_desc input = {length, (void *)bytes};
    gss_release_buffer(&ignored, &context->result);
    OM_uint32 major = gss_unwrap(&minor, context->handle, &input, &context->result, confidential, NULL);
    /* Messages that come twice, too late or out of order are reported beside success. */
    if (major == GSS_S_COMPLETE) return 1;
    failed(error, major, minor);
    if (error->cause != SLUICE_GSS_EXPIRED) error->cause = SLUICE_GSS_BAD_MESSAGE;
    return 0;
}

const void *sluice_gss_result(struct sluice_gss_context *context, size_t *length) {
    *length = context->result.length;
    return context->result.value;
}
