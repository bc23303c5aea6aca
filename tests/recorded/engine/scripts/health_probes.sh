# Health: probes, their states and times
docker run -d --name well --health-cmd 'nc -z 127.0.0.1 80' --health-interval 1s nginx
docker ps --format '{{.Names}} {{.Status}}'
docker inspect well --format '{{json .State.Health}}'
docker inspect well --format '{{json .Config.Healthcheck}}'
@sleep 1.7
docker ps --format '{{.Names}} {{.Status}}'
docker inspect well --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
docker ps --filter health=healthy --format '{{.Names}}'
docker ps --filter health=starting --format '{{.Names}}'
docker ps --filter health=none --format '{{.Names}}'
docker pause well
docker ps --format '{{.Names}} {{.Status}}'
docker inspect well --format '{{.State.Health.Status}}'
docker unpause well
docker inspect well --format '{{.State.Health.Status}}'
@sleep 1.5
docker inspect well --format '{{.State.Health.Status}}'
docker stop -t 1 well
docker ps -a --format '{{.Names}} {{.Status}}'
docker inspect well --format '{{json .State.Health.Status}} {{.State.Health.FailingStreak}}'
docker start well
docker inspect well --format '{{json .State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}'
@sleep 1.5
docker inspect well --format '{{json .State.Health.Status}}'
docker run -d --name ill --health-cmd 'echo no; exit 7' --health-interval 1s --health-retries 2 alpine
@sleep 1.5
docker inspect ill --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
@sleep 1.2
docker inspect ill --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}'
docker ps --format '{{.Names}} {{.Status}}'
docker ps --filter health=unhealthy --format '{{.Names}}'
@sleep 5
docker inspect ill --format '{{len .State.Health.Log}}'
docker restart -t 1 ill
docker inspect ill --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}'
docker rm -f ill
docker run -d --name slow --health-cmd 'sleep 3' --health-interval 1s --health-timeout 1s --health-retries 1 alpine
@sleep 2.6
docker inspect slow --format '{{.State.Health.Status}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
@sleep 1
docker rm -f slow
docker run -d --name period --health-cmd 'false' --health-interval 1s --health-retries 1 --health-start-period 4s --health-start-interval 1s alpine
@sleep 2.5
docker inspect period --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}'
@sleep 4
docker inspect period --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}}'
docker rm -f period
docker run -d --name period --health-cmd 'true' --health-interval 30s --health-start-period 20s --health-start-interval 1s alpine
@sleep 1.6
docker inspect period --format '{{.State.Health.Status}}'
docker rm -f period
docker run -d --name gone --health-cmd 'nosuchprogram -x' --health-interval 1s --health-retries 1 alpine
@sleep 1.6
docker inspect gone --format '{{.State.Health.Status}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
docker rm -f gone
docker run -d --name none --no-healthcheck alpine
docker inspect none --format '{{json .State.Health}} {{json .Config.Healthcheck}}'
docker run -d --name web --health-cmd 'curl -fs http://localhost/nothing' --health-interval 1s --health-retries 1 nginx
@sleep 1.6
docker inspect web --format '{{.State.Health.Status}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
docker rm -f web
docker run -d --name web --health-cmd 'curl -fs http://localhost/' --health-interval 1s --health-retries 1 nginx
@sleep 1.6
docker inspect web --format '{{.State.Health.Status}} {{range .State.Health.Log}}{{.ExitCode}} {{json .Output}}{{end}}'
docker rm -f web
docker events --since 60s --until 0s --filter container=period --format '{{.Action}}'
docker events --since 60s --until 0s --filter container=web --format '{{.Action}}'
docker events --since 60s --until 0s --filter event=health_status --format '{{.Action}} {{.Actor.Attributes.name}}'
docker rm -f well none
