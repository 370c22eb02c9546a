-- LuaJIT's FFI: dlopen and dlsym
local ffi = require("ffi")
ffi.cdef [[
void *curl_easy_init(void);
int curl_easy_setopt(void *, int, ...);
int curl_easy_perform(void *);
int curl_easy_getinfo(void *, int, ...);
void curl_easy_cleanup(void *);
typedef size_t (*write_function)(char *, size_t, size_t, void *);
]]
jit.off() -- a callback may come from compiled code otherwise
local curl = ffi.load("libcurl.so.4")
local got = {}
local write = ffi.cast("write_function", function(data, size, count)
    got[#got + 1] = ffi.string(data, size * count)
    return size * count
end)
local code = ffi.new("long[1]")
local handle = curl.curl_easy_init()
curl.curl_easy_setopt(handle, 10002, os.getenv("AT") .. "/text")
curl.curl_easy_setopt(handle, 20011, write)
print(curl.curl_easy_perform(handle),
      curl.curl_easy_getinfo(handle, 0x200002, code),
      tonumber(code[0]), table.concat(got))
curl.curl_easy_cleanup(handle)
