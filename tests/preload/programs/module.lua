-- lua-curl, a module that is linked to libcurl's GnuTLS flavour
require("curl")
local got = {}
local handle = curl.easy_init()
handle:setopt(curl.OPT_URL, os.getenv("AT") .. "/text")
handle:setopt(curl.OPT_WRITEFUNCTION, function(data)
    got[#got + 1] = data
    return #data
end)
print(handle:perform(), table.concat(got))
