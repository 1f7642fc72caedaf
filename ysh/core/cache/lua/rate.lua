-- A sliding window. KEYS: requests (sorted set). ARGV: window (ms), limit.
-- The server's clock tells the time and a counter within the set's own members tells apart requests of the same microsecond,
-- so none overwrites another. Returns {allowed (1 or 0), requests in the window, milliseconds until the oldest one leaves it}.
local now = redis.call('TIME')
local micros = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[1]) * 1000
local limit = tonumber(ARGV[2])
-- Numbers of this size are written out by hand: Lua would round them.
local stamp = string.format('%.0f', micros)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', micros - window))
local used = redis.call('ZCARD', KEYS[1])
local allowed = 0
if used < limit then
    local copy = 0
    while redis.call('ZADD', KEYS[1], 'NX', stamp, stamp .. '-' .. copy) == 0 do copy = copy + 1 end
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    used = used + 1
    allowed = 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local left = 0
if oldest[2] then left = math.ceil((tonumber(oldest[2]) + window - micros) / 1000) end
return {allowed, used, left}
