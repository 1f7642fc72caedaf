-- KEYS: answer, hits, stored. ARGV: the answer, its life (ms), the holder's fencing number (0: stored without a lock), life of
-- `stored` (ms). Returns 1, or 0 when a later holder of the lock has stored something already. The hit counter starts anew.
local fence = tonumber(ARGV[3])
if fence > 0 then
    if fence < tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
    redis.call('SET', KEYS[3], fence, 'PX', ARGV[4])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], 0, 'PX', ARGV[2])
return 1
