// SPDX-License-Identifier: GPL-3.0-or-later
// For the statically linked command: stand-ins for what Debian's libxml2 and libarchive can call
// and this program never has them call. Each fails, as the real one may.
//
// - Converters of ICU, 31 MiB of tables, and of iconv, which loads modules at run time: for other
//   encodings than UTF-8, which libxml2 reads by itself and which all event XML is in.
// - Names of hosts: XML is parsed without network access. The C library would load NSS modules.
// - Modules that extend libxml2.
//
// And one that answers: libarchive converts names to the character set of the locale, which is
// UTF-8 in the process that opens archives, and is not there where no file of a locale is.
//
// So nothing is loaded at run time, and the linker has nothing to warn of.
#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <netdb.h>
#include <stddef.h>

#include <unicode/ucnv.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"
// NOLINTBEGIN(misc-unused-parameters, readability-non-const-parameter)
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)

// ICU

UConverter *ucnv_open(const char *name, UErrorCode *error) {
    *error = U_UNSUPPORTED_ERROR;
    return NULL;
}

void ucnv_close(UConverter *converter) {
}

void ucnv_convertEx(UConverter *to, UConverter *from, char **target, const char *target_end,
                    const char **source, const char *source_end, UChar *pivot_start,
                    UChar **pivot_source, UChar **pivot_target, const UChar *pivot_end, UBool reset,
                    UBool flush, UErrorCode *error) {
    *error = U_UNSUPPORTED_ERROR;
}

void ucnv_setFromUCallBack(UConverter *converter, UConverterFromUCallback action,
                           const void *context, UConverterFromUCallback *old_action,
                           const void **old_context, UErrorCode *error) {
    *error = U_UNSUPPORTED_ERROR;
}

void ucnv_setToUCallBack(UConverter *converter, UConverterToUCallback action, const void *context,
                         UConverterToUCallback *old_action, const void **old_context,
                         UErrorCode *error) {
    *error = U_UNSUPPORTED_ERROR;
}

void UCNV_FROM_U_CALLBACK_STOP(const void *context, UConverterFromUnicodeArgs *arguments,
                               const UChar *units, int32_t length, UChar32 character,
                               UConverterCallbackReason reason, UErrorCode *error) {
}

void UCNV_TO_U_CALLBACK_STOP(const void *context, UConverterToUnicodeArgs *arguments,
                             const char *units, int32_t length, UConverterCallbackReason reason,
                             UErrorCode *error) {
}

// The C library

iconv_t iconv_open(const char *to, const char *from) {
    errno = EINVAL;
    return (iconv_t)-1; // NOLINT(performance-no-int-to-ptr): what iconv_open(3) has for errors
}

size_t iconv(iconv_t converter, char **restrict from, size_t *restrict from_left,
             char **restrict to, size_t *restrict to_left) {
    errno = EBADF;
    return (size_t)-1;
}

int iconv_close(iconv_t converter) {
    errno = EBADF;
    return -1;
}

char *nl_langinfo(nl_item item) {
    static char character_set[] = "UTF-8";
    static char nothing[] = "";
    return item == CODESET ? character_set : nothing;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found) {
    return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *found) {
}

struct hostent *gethostbyname(const char *name) {
    h_errno = NO_RECOVERY;
    return NULL;
}

void *dlopen(const char *path, int mode) {
    return NULL;
}

void *dlsym(void *restrict module, const char *restrict name) {
    return NULL;
}

int dlclose(void *module) {
    return -1;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
// NOLINTEND(misc-unused-parameters, readability-non-const-parameter)
