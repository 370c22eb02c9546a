# Ruby's FFI: dlopen and dlsym
require "ethon"

easy = Ethon::Easy.new(url: ENV["AT"] + "/text")
easy.perform
puts easy.response_code, easy.response_body, easy.effective_url,
     easy.return_code
