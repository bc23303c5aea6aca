# docker inspect -f: Go templates, one after the other
docker network create app
docker run -d --name web --network app -p 8080:80 --label team=blue --label n=1 -e A=b nginx
docker inspect -f '{{.Name}}' web
docker inspect -f '{{.Name | printf "%s"}}' web
docker inspect -f '{{.Name | len}}' web
docker inspect -f '{{len .Name}}' web
docker inspect -f '{{.Config.Env}}' web
docker inspect -f '{{index .Config.Env 0}}' web
docker inspect -f '{{index .Config.Env 99}}' web
docker inspect -f '{{index .Config.Labels "team"}}' web
docker inspect -f '{{index .Config.Labels "nolabel"}}' web
docker inspect -f '{{.Config.Labels.team}}' web
docker inspect -f '{{.Config.Labels.nolabel}}' web
docker inspect -f '{{json .Config.Labels}}' web
docker inspect -f '{{json .Config.Cmd}}' web
docker inspect -f '{{join .Config.Cmd ","}}' web
docker inspect -f '{{join .Config.Cmd}}' web
docker inspect -f '{{.Config.Cmd}}' web
docker inspect -f '{{range .Config.Cmd}}[{{.}}]{{end}}' web
docker inspect -f '{{range $i, $v := .Config.Cmd}}{{$i}}={{$v}} {{end}}' web
docker inspect -f '{{range $v := .Config.Cmd}}{{$v}};{{end}}' web
docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' web
docker inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}}{{println}}{{end}}' web
docker inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{printf "%s %d\n" $k $v.IPPrefixLen}}{{end}}' web
docker inspect -f '{{(index .NetworkSettings.Networks "app").IPAddress}}' web
docker inspect -f '{{.NetworkSettings.Networks.app.IPAddress}}' web
docker inspect -f '{{.NetworkSettings.Networks.nope.IPAddress}}' web
docker inspect -f '{{.NetworkSettings.Networks.nope}}' web
docker inspect -f '{{index .NetworkSettings.Networks "nope"}}' web
docker inspect -f '{{with .NetworkSettings.Networks.app}}{{.Gateway}}/{{.IPPrefixLen}}{{end}}' web
docker inspect -f '{{with .NetworkSettings.Networks.nope}}yes{{else}}no{{end}}' web
docker inspect -f '{{with $x := .Config.Hostname}}{{$x}}{{end}}' web
docker inspect -f '{{if .State.Running}}up{{else}}down{{end}}' web
docker inspect -f '{{if not .State.Running}}down{{else}}up{{end}}' web
docker inspect -f '{{if and .State.Running .State.Paused}}both{{else if .State.Running}}run{{else}}none{{end}}' web
docker inspect -f '{{if or .State.Paused .State.Running}}one{{end}}' web
docker inspect -f '{{if eq .State.Status "running"}}R{{end}}' web
docker inspect -f '{{if ne .State.Status "running"}}N{{else}}R{{end}}' web
docker inspect -f '{{if eq .State.Status "a" "b" "running"}}in{{end}}' web
docker inspect -f '{{eq .State.ExitCode 0}}' web
docker inspect -f '{{lt .State.ExitCode 1}} {{le .State.ExitCode 0}} {{gt .State.ExitCode 0}} {{ge .State.ExitCode 0}}' web
docker inspect -f '{{eq .State.ExitCode "0"}}' web
docker inspect -f '{{lt .Name 1}}' web
docker inspect -f '{{and 1 0}} {{or 0 1}} {{not 0}} {{and "" 1}} {{or "" "x"}}' web
docker inspect -f '{{json .State.Running}}' web
docker inspect -f '{{json .NetworkSettings.Ports}}' web
docker inspect -f '{{.NetworkSettings.Ports}}' web
docker inspect -f '{{range $p, $c := .NetworkSettings.Ports}}{{$p}} -> {{(index $c 0).HostPort}}{{end}}' web
docker inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' web
docker inspect -f '{{index .NetworkSettings.Ports "81/tcp"}}' web
docker inspect -f '{{(index (index .NetworkSettings.Ports "81/tcp") 0).HostPort}}' web
docker inspect -f '{{index (index (index .NetworkSettings.Ports "80/tcp") 0) "HostPort"}}' web
docker inspect -f '{{.HostConfig.PortBindings}}' web
docker inspect -f '{{json .HostConfig.RestartPolicy}}' web
docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' web
docker inspect -f '{{.HostConfig.RestartPolicy}}' web
docker inspect -f '{{.HostConfig.Memory}}' web
docker inspect -f '{{.HostConfig.NetworkMode}}' web
docker inspect -f '{{.HostConfig.NetworkMode.IsBridge}}' web
docker inspect -f '{{.HostConfig.Dns}}' web
docker inspect -f '{{.HostConfig.ExtraHosts}}' web
docker inspect -f '{{json .HostConfig.ExtraHosts}}' web
docker inspect -f '{{len .HostConfig.ExtraHosts}}' web
docker inspect -f '{{.HostConfig.Init}}' web
docker inspect -f '{{.State}}' web
docker inspect -f '{{printf "%T" .State}}' web
docker inspect -f '{{printf "%v" .State.Running}}' web
docker inspect -f '{{printf "%+v" .HostConfig.RestartPolicy}}' web
docker inspect -f '{{printf "%q" .Name}}' web
docker inspect -f '{{printf "%5d|%-5d|%05d" 1 2 3}}' web
docker inspect -f '{{printf "%s" .State.Running}}' web
docker inspect -f '{{printf "%d" .Name}}' web
docker inspect -f '{{printf "%x" .State.ExitCode}}' web
docker inspect -f '{{printf "%s %s" .Name}}' web
docker inspect -f '{{printf "%s" .Name .Name}}' web
docker inspect -f '{{print .Name .State.Running 1 2}}' web
docker inspect -f '{{println .Name .State.Running}}' web
docker inspect -f '{{slice .Name 1}}' web
docker inspect -f '{{slice .Name 1 3}}' web
docker inspect -f '{{slice .Id 0 12}}' web
docker inspect -f '{{slice .Name 5 2}}' web
docker inspect -f '{{slice .Id 0 1000}}' web
docker inspect -f '{{upper .Name}}' web
docker inspect -f '{{lower "ABC"}}' web
docker inspect -f '{{title "abc def"}}' web
docker inspect -f '{{split .Name "e"}}' web
docker inspect -f '{{join (split .Name "e") "-"}}' web
docker inspect -f '{{pad .Name 2 3}}' web
docker inspect -f '{{truncate .Id 5}}' web
docker inspect -f '{{html "<a>"}}' web
docker inspect -f '{{js "it'\''s"}}' web
docker inspect -f '{{urlquery "a b&c"}}' web
docker inspect -f '{{$x := .Name}}{{$x}}' web
docker inspect -f '{{$x := 1}}{{$x = 2}}{{$x}}' web
docker inspect -f '{{$y}}' web
docker inspect -f '{{/* comment */}}x' web
docker inspect -f '{{- .Name -}}' web
docker inspect -f '  {{- .Name }}' web
docker inspect -f '{{ .Name }}  {{- "x" }}' web
docker inspect -f '{{"quoted\n"}}' web
docker inspect -f '{{`raw\n`}}' web
docker inspect -f '{{'\''a'\''}}' web
docker inspect -f '{{1.5}} {{0x10}} {{1e3}} {{true}} {{nil}}' web
docker inspect -f '{{true}}' web
docker inspect -f '{{.}}' web
docker inspect -f '{{$}}' web
docker inspect -f '{{$.Name}}' web
docker inspect -f '{{range .Config.Cmd}}{{$.Name}}{{end}}' web
docker inspect -f '{{range .Config.Nope}}x{{else}}empty{{end}}' web
docker inspect -f '{{range .Config.Volumes}}x{{else}}empty{{end}}' web
docker inspect -f '{{range 3}}x{{end}}' web
docker inspect -f '{{range .Name}}x{{end}}' web
docker inspect -f '{{range .Config.Cmd}}{{if eq . "-f"}}{{continue}}{{end}}{{.}}{{end}}' web
docker inspect -f '{{range .Config.Cmd}}{{if eq . "-f"}}{{break}}{{end}}{{.}}{{end}}' web
docker inspect -f '{{break}}' web
docker inspect -f '{{define "T"}}<{{.}}>{{end}}{{template "T" .Name}}' web
docker inspect -f '{{block "B" .Name}}[{{.}}]{{end}}' web
docker inspect -f '{{template "nope"}}' web
docker inspect -f '{{call .Name}}' web
docker inspect -f '{{.Nope}}' web
docker inspect -f '{{.State.Nope}}' web
docker inspect -f '{{.Name.Foo}}' web
docker inspect -f '{{.NetworkSettings.Networks.app.Nope}}' web
docker inspect -f '{{.name}}' web
docker inspect -f '{{.State.Health}}' web
docker inspect -f '{{.State.Health.Status}}' web
docker inspect -f '{{if .State.Health}}h{{else}}none{{end}}' web
docker inspect -f '{{.Mounts}} {{json .Mounts}} {{len .Mounts}}' web
docker inspect -f '{{.Created}}' web
docker inspect -f '{{len .Created}}' web
docker inspect -f '{{.State.Pid | printf "%T"}}' web
docker inspect -f '{{nofunc .Name}}' web
docker inspect -f '{{.Name' web
docker inspect -f '{{if}}x{{end}}' web
docker inspect -f '{{if .Name}}x' web
docker inspect -f '{{end}}' web
docker inspect -f '{{else}}' web
docker inspect -f '{{.Name | }}' web
docker inspect -f '{{| .Name}}' web
docker inspect -f '{{"unterminated}}' web
docker inspect -f '{{.Name}} {{.Id' web
docker inspect -f '{{ index }}' web
docker inspect -f '{{ len }}' web
docker inspect -f '{{ len 5 }}' web
docker inspect -f '{{ eq }}' web
docker inspect -f '{{ eq 1 }}' web
docker inspect -f '{{ eq 1 2 3 }}' web
docker inspect -f '{{ eq .Config.Cmd .Config.Cmd }}' web
docker inspect -f '{{ index .Name 0 }}' web
docker inspect -f '{{ index .Config.Cmd "x" }}' web
docker inspect -f '{{ index .NetworkSettings.Networks 0 }}' web
docker inspect -f '{{ json }}' web
docker inspect -f '{{ join .Name "," }}' web
docker inspect -f '{{ .Config.Cmd.Foo }}' web
docker inspect -f '{{ (.Name) }}' web
docker inspect -f '{{ (len .Name) | printf "%03d" }}' web
docker inspect -f '{{ .Name | len | printf "%d" | printf "%5s" }}' web
docker inspect -f '{{ with .Name }}{{ len . }}{{ end }}' web
docker inspect -f '{{ with .State }}{{ .Running }} {{ $.Name }}{{ end }}' web
docker inspect -f '{{ if .Config.Cmd }}has{{ end }}' web
docker inspect -f '{{ if .Config.Volumes }}has{{ else }}not{{ end }}' web
docker inspect -f '{{ json .NetworkSettings.Networks.app.Aliases }} {{ json .NetworkSettings.Networks.app.DNSNames }}' web
docker inspect -f '{{ .NetworkSettings.Networks.app.DriverOpts }} {{ json .NetworkSettings.Networks.app.IPAMConfig }}' web
docker inspect -f 'json' web
docker inspect -f 'table {{.Name}}' web
docker inspect -f '{{json .}}{{fail}}' web
