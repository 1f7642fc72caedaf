-- KEYS: lock. ARGV: owner. Returns 1 when the owner held the lock, which is free now, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return 1
end
return 0
