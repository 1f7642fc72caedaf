-- Bulk invalidation, one step: KEYS: any number of keys. Memory is freed by another thread. Returns how many there were.
local gone = 0
for first = 1, #KEYS, 1000 do
    gone = gone + redis.call('UNLINK', unpack(KEYS, first, math.min(first + 999, #KEYS)))
end
return gone
