-- Sends one request again and again, as it stands in a file.
-- Arguments: the file.

function init(args)
    local file = assert(io.open(args[1], "r"))
    raw = file:read("*a")
    file:close()
end

function request()
    return raw
end
