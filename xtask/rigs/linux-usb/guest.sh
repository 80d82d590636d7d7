id -u; uname -a; echo "ok booted ($(cut -d' ' -f1 /proc/uptime) s)"
echo "x" > /mnt/out/plug
for i in $(seq 100); do grep -qs 0a89 /sys/bus/usb/devices/*/idVendor && break; sleep 0.05; done
cat /sys/bus/usb/devices/*/idVendor
echo "ok enumerated ($(cut -d' ' -f1 /proc/uptime) s)"
: > /mnt/out/plug
for i in $(seq 100); do grep -qs 0a89 /sys/bus/usb/devices/*/idVendor || break; sleep 0.05; done
echo "ok gone ($(cut -d' ' -f1 /proc/uptime) s)"
echo "x" > /mnt/out/plug
for i in $(seq 100); do grep -qs 0a89 /sys/bus/usb/devices/*/idVendor && break; sleep 0.05; done
echo "ok again ($(cut -d' ' -f1 /proc/uptime) s)"
