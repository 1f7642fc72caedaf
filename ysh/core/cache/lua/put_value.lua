-- One value of the store. KEYS: value. ARGV: token, value ('' says: there is none), life (ms; 0: without end), how:
-- set (in any case), add (unless there is one), fill (unless anything is known, that there is none included).
-- Returns {1 or 0, whether there was a living one, the server's clock in microseconds}.
local held = redis.call('HMGET', KEYS[1], 't', 'v')
local known = held[1] == ARGV[1]
local lives = known and held[2] ~= ''
local now = redis.call('TIME')
local clock = string.format('%.0f', now[1] * 1000000 + now[2])
if (ARGV[4] == 'fill' and known) or (ARGV[4] == 'add' and lives) then return {0, lives and 1 or 0, clock} end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 't', ARGV[1], 'v', ARGV[2])
if tonumber(ARGV[3]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {1, lives and 1 or 0, clock}
