# The shell of the public alpine (busybox ash) when something fails
docker run -d --name ci alpine sleep infinity
docker exec ci sh -c 'cd /nowhere'
docker exec ci sh -c 'cat < /nowhere'
docker exec ci sh -c 'echo x > /nowhere/file'
docker exec ci sh -c 'if true'
docker exec ci sh -c 'echo "open'
docker exec ci sh -c 'fi'
docker exec ci sh -c '/nowhere/program'
docker exec ci sh -c '/etc/passwd'
docker exec ci sh -c '/etc'
docker exec ci sh -c 'set -u; echo $NOTHING'
docker exec ci sh -c 'echo $((1/0))'
docker exec ci sh -c 'readonly A=1; A=2'
docker exec ci sh -c 'exit x'
docker exec ci sh -c 'printf "true\nnosuch x\ncd /nowhere\n" > /tmp/s.sh; sh /tmp/s.sh'
docker exec ci ash -c 'nosuch'
docker exec ci /bin/sh -c 'nosuch'
docker exec ci sh -c 'shift 5'
docker exec ci sh -c 'kill -0 99999'
docker exec ci sh -c 'type ping; type nosuch; command -v ping'
docker exec ci sh -c '[ 1 -eq x ]'
docker exec ci sh -c 'sleep 5 & echo started; kill $!; wait $!; echo $?'
docker exec ci sh -c 'echo -e "a\tb"; echo -n c'
docker exec ci sh -c 'echo {1,2}; echo $RANDOM | grep -c .'
docker exec ci sh -c '[[ a == a ]] && echo yes'
docker exec ci sh -c 'source /etc/profile; echo $?'
docker exec ci sh -c 'time true'
docker exec ci sh -c 'for i in $(seq 2); do echo $i; done; let x=3; echo $x'
docker exec ci sh -c 'echo ${PATH//:/ }; A=abc; echo ${A:1:1}'
docker exec ci sh -c 'trap "echo bye" EXIT; true'
docker exec ci cat /nowhere
docker exec ci ls /nowhere
docker exec ci grep
docker exec ci timeout 1 sleep 5
docker exec ci sleep x
