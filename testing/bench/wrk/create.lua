-- Makes orders or links, each with a reference of its own, for one merchant after the other.
-- Arguments: the path, the file of the body, the mark of its reference, the file of tokens, a seed.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

local function read(path)
    local file = assert(io.open(path, "r"))
    local text = file:read("*a")
    file:close()
    return text
end

function init(args)
    local path, mark = args[1], args[3]
    local body = read(args[2])
    math.randomseed(tonumber(args[5]) * 1000 + number)
    local from, to = body:find(mark, 1, true)
    assert(to - from + 1 == 35)
    local before = body:sub(1, from - 1)
    tail = body:sub(to + 1)
    heads = {}
    for token in read(args[4]):gmatch("%S+") do
        heads[#heads + 1] = "POST " .. path .. " HTTP/1.1\r\nHost: " .. wrk.host
            .. "\r\nAuthorization: Bearer " .. token
            .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body
            .. "\r\n\r\n" .. before
    end
    at = math.random(#heads)
    random, format = math.random, string.format
end

function request()
    at = at % #heads + 1
    -- 35 characters, as long as the mark; in no order that an index could profit from.
    return heads[at] .. format("%08x-%08x-%08x-%08x", random(0, 4294967295),
        random(0, 4294967295), random(0, 4294967295), random(0, 4294967295)) .. tail
end
