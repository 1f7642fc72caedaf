-- Add to a whole number of the store; its life stays. KEYS: value. ARGV: token, what to add.
-- Returns {known, lives, the sum as text (numbers of 64 bits do not fit Lua's), the server's clock in microseconds}.
local held = redis.call('HMGET', KEYS[1], 't', 'v')
if held[1] ~= ARGV[1] then return {0, 0, '', '0'} end
if held[2] == '' then return {1, 0, '', '0'} end
redis.call('HINCRBY', KEYS[1], 'v', ARGV[2])
local now = redis.call('TIME')
return {1, 1, redis.call('HGET', KEYS[1], 'v'), string.format('%.0f', now[1] * 1000000 + now[2])}
