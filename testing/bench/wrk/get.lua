-- Reads orders, one after the other.
-- Arguments: the file of tokens, the file of ids (the place of a token, an order's id), how many.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    local tokens = {}
    for token in io.lines(args[1]) do
        tokens[#tokens + 1] = token
    end
    requests = {}
    for line in io.lines(args[2]) do
        if #requests == tonumber(args[3]) then break end
        local place, id = line:match("(%d+) (%S+)")
        requests[#requests + 1] = "GET /api/pay/v1/orders/" .. id .. " HTTP/1.1\r\nHost: "
            .. wrk.host .. "\r\nAuthorization: Bearer " .. tokens[tonumber(place)] .. "\r\n\r\n"
    end
    at = math.floor(#requests / 2) * (number - 1)
end

function request()
    at = at % #requests + 1
    return requests[at]
end
