# Dockerfiles: what the classic builder accepts, and what it says of the rest
printf 'FROM alpine\nFOO bar\n' | docker build -
printf '' | docker build -
printf 'FROM alpine\nONBUILD RUN echo hi\n' | docker build -t parent -
printf 'FROM parent\nRUN echo child\n' | docker build -t child -
docker image inspect -f '{{.Parent}} {{json .Config.OnBuild}}' child
docker rmi parent
docker rmi child
mkdir -p /tmp/cx/sub/deep
printf 'a\n*.md\n!keep.md\n# c\nsub/x\n**/deep\n' > /tmp/cx/.dockerignore
touch /tmp/cx/a /tmp/cx/b /tmp/cx/r.md /tmp/cx/keep.md /tmp/cx/sub/x /tmp/cx/sub/y /tmp/cx/sub/deep/q
printf 'FROM alpine\nCOPY . /all\nRUN ls -a /all /all/sub\nCOPY a /a\n' > /tmp/cx/Dockerfile
docker build -t ig /tmp/cx
printf 'FROM alpine\nADD ../x /x\n' > /tmp/cx/Dockerfile
docker build /tmp/cx
printf 'FROM alpine\nENV A b c\nENV B="x y" C=1\nLABEL "k k"="v v" n=m\nMAINTAINER you\nONBUILD RUN echo hi\nSHELL ["/bin/bash", "-c"]\nRUN ["echo","x"]\nENTRYPOINT echo hi\nHEALTHCHECK NONE\nSTOPSIGNAL 9\nEXPOSE 80-82 53/udp\nVOLUME ["/a","/b"]\nVOLUME /c /d\nUSER root:root\nWORKDIR x\nWORKDIR y\nCMD\nADD b /bad\n' > /tmp/cx/Many
docker build -t many -f /tmp/cx/Many /tmp/cx
docker history --no-trunc --format '{{.CreatedBy}}' many
docker image inspect -f '{{json .Config}} {{.Author}}' many
docker rmi many
printf 'from alpine\nadd b /x/\ncopy sub .\ncopy *.md Man* /q/\ncopy b /z\nrun ls /x /q /z\nCOPY b Many /file\n' > /tmp/cx/Copies
docker build -t copies -f /tmp/cx/Copies /tmp/cx
printf 'FROM alpine\nENV A\n' | docker build -
printf 'FROM alpine\nENV A=1 b\n' | docker build -
printf 'FROM alpine\nCMD ["a",\n' | docker build -
printf 'FROM alpine\nEXPOSE\n' | docker build -
printf 'FROM alpine\nEXPOSE x\n' | docker build -
printf 'FROM alpine\nEXPOSE 99999\n' | docker build -
printf 'FROM alpine\nCOPY a\n' | docker build -
printf 'FROM alpine\nWORKDIR\n' | docker build -
printf 'FROM alpine\nUSER\n' | docker build -
printf 'FROM alpine\nLABEL\n' | docker build -
printf 'FROM alpine\nLABEL a\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK FOO\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK --interval=1x CMD a\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK --interval=0.1ms CMD a\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK --nope=1 CMD a\n' | docker build -
printf 'FROM alpine\nHEALTHCHECK CMD\n' | docker build -
printf 'FROM alpine\nSTOPSIGNAL NOPE\n' | docker build -
printf 'FROM alpine\nONBUILD FROM x\n' | docker build -
printf 'FROM alpine\nONBUILD\n' | docker build -
printf 'FROM alpine\nSHELL bash\n' | docker build -
printf 'FROM alpine\nVOLUME\n' | docker build -
printf 'FROM alpine\nVOLUME []\n' | docker build -
printf 'FROM alpine\nVOLUME [""]\n' | docker build -
printf 'FROM alpine\nRUN\n' | docker build -
printf 'FROM alpine\nARG\n' | docker build -
printf 'FROM alpine\nARG a b\n' | docker build -
printf 'FROM\n' | docker build -
printf 'FROM alpine x y z\n' | docker build -
printf 'FROM alpine AS 9x\n' | docker build -
printf 'FROM Alpine\n' | docker build -
printf 'RUN a\nFROM alpine\n' | docker build -
printf '# only\n' | docker build -
printf 'FROM alpine\nCOPY --from=9 /a /b\n' | docker build -
printf 'FROM alpine\nCOPY --chown=1:2 --chmod=755 x /b\n' | docker build -
printf 'FROM alpine\nRUN --mount=type=cache,target=/x echo\n' | docker build -
printf 'FROM alpine\nRUN <<EOF\necho a\nEOF\n' | docker build -
printf 'FROM alpine\nCOPY <<EOF /x\necho a\nEOF\n' | docker build -
printf 'ARG T=alpine\nFROM ${T}\nARG T\nRUN echo "T is $T"\nARG U=1\nRUN echo $U ${V:-none} $HTTP_PROXY\n' | docker build --build-arg U=5 --build-arg HTTP_PROXY=p -
printf 'ARG T\nFROM ${T}\n' | docker build -
printf 'FROM alpine\nRUN nosuchprogram\n' | docker build -
printf 'FROM alpine\nRUN ["nosuchprogram"]\n' | docker build -
printf 'FROM alpine\nWORKDIR /w\nCOPY --from=nginx /www/index.html /\nRUN cat /index.html; pwd\nENV X=y\nRUN echo $X > z; ls\n' | docker build -t w --network none -
docker run --rm w cat z
docker build
docker build -t
docker build --nope .
docker build -f- - < /dev/null
docker rmi w
rm -r /tmp/cx
