-- Another life for a value of the store. KEYS: value. ARGV: token, life (ms; 0: without end).
-- Returns {known, lives, the server's clock in microseconds}.
local held = redis.call('HMGET', KEYS[1], 't', 'v')
if held[1] ~= ARGV[1] then return {0, 0, '0'} end
if held[2] == '' then return {1, 0, '0'} end
if tonumber(ARGV[2]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) else redis.call('PERSIST', KEYS[1]) end
local now = redis.call('TIME')
return {1, 1, string.format('%.0f', now[1] * 1000000 + now[2])}
