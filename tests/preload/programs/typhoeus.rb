# ethon's multi handle: perform, timeout, fdset and select
require "typhoeus"

hydra = Typhoeus::Hydra.new(max_concurrency: 5)
requests = (1..10).map do |i|
  request = Typhoeus::Request.new(ENV["AT"] + "/n#{i}")
  hydra.queue(request)
  request
end
hydra.run
requests.each do |request|
  answer = request.response
  puts answer.code, answer.body, answer.return_code
end
answer = Typhoeus.get(ENV["AT"] + "/text")
puts answer.code, answer.body
