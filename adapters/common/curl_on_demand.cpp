// libcurl's functions, which load libcurl when the first of them is called: with what it needs it is thirty libraries,
// and loading these takes longer than everything else of a command that reaches no network. The linker then finds that
// nothing needs libcurl itself.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>

#include <cstdarg>
#include <stdexcept>
#include <string>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_share_setopt

namespace {

constexpr char const* library_name = "libcurl.so.4";  // has been its name since 2006

[[noreturn]] void fail() {
  auto const* const why = ::dlerror();
  throw std::runtime_error{std::string{"libcurl cannot be loaded: "} + (why != nullptr ? why : library_name)};
}

template <class Function>
Function* find(char const* name, Function*) {
  static void* const library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  auto* const found = library != nullptr ? ::dlsym(library, name) : nullptr;
  if (found == nullptr) fail();
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// The function itself, looked up once.
#define WAYBILL_REAL(name) static auto* const real = find(#name, &(name))

#define WAYBILL_FORWARD(type, name, parameters, arguments) \
  extern "C" type name parameters {                        \
    WAYBILL_REAL(name);                                    \
    return real arguments;                                 \
  }

// One more argument that is no larger than a pointer, whatever its type is.
#define WAYBILL_FORWARD_OPTION(type, name, handle, option) \
  extern "C" type name(handle h, option o, ...) {          \
    WAYBILL_REAL(name);                                    \
    std::va_list rest;                                     \
    va_start(rest, o);                                     \
    void* const value = va_arg(rest, void*);               \
    va_end(rest);                                          \
    return real(h, o, value);                              \
  }

static_assert(sizeof(curl_off_t) == sizeof(void*) && sizeof(long) == sizeof(void*));

WAYBILL_FORWARD(CURLcode, curl_global_init, (long flags), (flags))
WAYBILL_FORWARD(CURL*, curl_easy_init, (), ())
WAYBILL_FORWARD(void, curl_easy_cleanup, (CURL * h), (h))
WAYBILL_FORWARD(void, curl_easy_reset, (CURL * h), (h))
WAYBILL_FORWARD(CURLcode, curl_easy_pause, (CURL * h, int what), (h, what))
WAYBILL_FORWARD(char const*, curl_easy_strerror, (CURLcode code), (code))
WAYBILL_FORWARD_OPTION(CURLcode, curl_easy_setopt, CURL*, CURLoption)
WAYBILL_FORWARD_OPTION(CURLcode, curl_easy_getinfo, CURL*, CURLINFO)
WAYBILL_FORWARD(CURLM*, curl_multi_init, (), ())
WAYBILL_FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * m), (m))
WAYBILL_FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * m, CURL* h), (m, h))
WAYBILL_FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * m, CURL* h), (m, h))
WAYBILL_FORWARD(CURLMcode, curl_multi_perform, (CURLM * m, int* running), (m, running))
WAYBILL_FORWARD(CURLMcode, curl_multi_poll, (CURLM * m, curl_waitfd* more, unsigned n, int ms, int* ready),
                (m, more, n, ms, ready))
WAYBILL_FORWARD(CURLMcode, curl_multi_wakeup, (CURLM * m), (m))
WAYBILL_FORWARD(CURLMsg*, curl_multi_info_read, (CURLM * m, int* left), (m, left))
WAYBILL_FORWARD(char const*, curl_multi_strerror, (CURLMcode code), (code))
WAYBILL_FORWARD_OPTION(CURLMcode, curl_multi_setopt, CURLM*, CURLMoption)
WAYBILL_FORWARD(CURLSH*, curl_share_init, (), ())
WAYBILL_FORWARD(CURLSHcode, curl_share_cleanup, (CURLSH * s), (s))
WAYBILL_FORWARD_OPTION(CURLSHcode, curl_share_setopt, CURLSH*, CURLSHoption)
WAYBILL_FORWARD(curl_slist*, curl_slist_append, (curl_slist * list, char const* text), (list, text))
WAYBILL_FORWARD(void, curl_slist_free_all, (curl_slist * list), (list))
