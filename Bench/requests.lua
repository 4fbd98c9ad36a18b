-- wrk's side of load.py's Requests: a request a line, its parts between tabs, sent one after the other.
local requests = {}
local sent = 0

local function parts(line)
  local found = {}
  for part in string.gmatch(line .. "\t", "([^\t]*)\t") do
    table.insert(found, part)
  end
  return found
end

function init(arguments)
  for line in io.lines(arguments[1]) do
    local found = parts(line)
    local headers = {}
    for index = 4, #found do
      local name, value = string.match(found[index], "^([^:]+): (.*)$")
      headers[name] = value
    end
    table.insert(requests, wrk.format(found[1], found[2], headers, found[3] ~= "" and found[3] or nil))
  end
end

function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end
