# An extension, linked to libcurl, loaded by Ruby
require "curb"

easy = Curl.get(ENV["AT"] + "/text")
puts easy.response_code, easy.body_str
urls = (1..5).map { |i| ENV["AT"] + "/n#{i}" }
Curl::Multi.get(urls, {}, {pipeline: true}) { |one| puts one.response_code }
