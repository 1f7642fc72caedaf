-- Unlink a value of the store if it still holds under this token: whoever wrote it anew meanwhile keeps it. KEYS: value. ARGV: token.
-- Returns 1 when it is gone, else 0.
if redis.call('HGET', KEYS[1], 't') ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])
