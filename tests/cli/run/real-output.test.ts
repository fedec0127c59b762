// What programs print when they are redirected, as they printed it, shortened: in which of it progress is found.

import { describe, expect, it } from "vitest";
import { Recognizer } from "../../../src/cli/run/recognizer.js";

/** Percentages as they are found, whole; each of them once. */
function found(output: string): number[] {
  const percentages: number[] = [];
  const note = (percentage: number) => {
    if (percentages.at(-1) !== Math.floor(percentage)) percentages.push(Math.floor(percentage));
  };
  const recognizer = new Recognizer((sample) => sample !== "over" && note(sample.percentage));
  recognizer.write(new TextEncoder().encode(output));
  const rest = recognizer.rest();
  if (rest !== undefined) note(rest.percentage);
  return percentages;
}

const PROGRESS: Readonly<Record<string, readonly [output: string, percentages: readonly number[]]>> = {
  "git clone --progress": [
    "Cloning into 'a'...\nremote: Enumerating objects: 3734, done.        \n" +
      "remote: Counting objects:   0% (1/3734)        \rremote: Counting objects:  99% (3697/3734)        \r" +
      "remote: Counting objects: 100% (3734/3734), done.        \n" +
      "Receiving objects:   0% (1/3734)\rReceiving objects:  52% (1942/3734), 1.20 MiB | 2.30 MiB/s\r" +
      "Receiving objects: 100% (3734/3734), 2.64 MiB | 2.60 MiB/s, done.\n",
    [0, 99, 100, 0, 52, 100],
  ],
  "rsync --info=progress2": [
    "sending incremental file list\n\r         32,768   0%    0.00kB/s    0:00:00  \r     52,428,800  45%   10.30MB/s    0:00:06  " +
      "\r    115,343,360 100%   11.00MB/s    0:00:10 (xfr#3, to-chk=0/4)\n\nsent 115,371,728 bytes  received 73 bytes\n",
    [0, 45, 100],
  ],
  curl: [
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
      "                                 Dload  Upload   Total   Spent    Left  Speed\n\r" +
      "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r" +
      " 11 28.6M   11 3264k    0     0  14.4M      0  0:00:01 --:--:--  0:00:01 14.3M\r" +
      " 65 28.6M   65 18.6M    0     0  15.0M      0  0:00:01  0:00:01 --:--:-- 14.9M\r" +
      "100 28.6M  100 28.6M    0     0  17.3M      0  0:00:01  0:00:01 --:--:-- 17.3M\n",
    [11, 65, 100],
  ],
  "curl -#": [
    "\r########                                             12.5%\r##################                       26.0%" +
      "\r################################################## 100.0%\n",
    [12, 26, 100],
  ],
  wget: [
    "Length: 30000000 (29M) [application/octet-stream]\nSaving to: ‘big.bin’\n\n" +
      "     0K .......... .......... .......... .......... ..........  0%  658M 0s\n" +
      "  9750K .......... .......... .......... .......... .......... 33% 15.2M 1s\n" +
      " 29250K .......... .......... .......... .......... ..       100% 15.0M=1.9s\n\n" +
      "2026-11-21 20:22:12 (15.4 MB/s) - ‘big.bin’ saved [30000000/30000000]\n",
    [0, 33, 100],
  ],
  "wget --progress=bar:force": [
    "\rbig.bin             0%[                    ]       0  --.-KB/s               " +
      "\rbig.bin            43%[=======>            ]  12.33M  15.0MB/s               " +
      "\rbig.bin           100%[===================>]  28.61M  15.1MB/s    in 1.9s    \n",
    [0, 43, 100],
  ],
  "pip download --progress-bar raw": [
    "Collecting numpy\n  Downloading numpy-2.1.0-cp311-manylinux.whl (16.3 MB)\n" +
      "Progress 0 of 16314822\nProgress 262144 of 16314822\nProgress 16314822 of 16314822\n",
    [1, 100],
  ],
  "docker build --progress plain": [
    "#4 [internal] load build context\n#4 transferring context: 2.34kB done\n#5 [1/3] FROM docker.io/library/alpine\n" +
      "#5 CACHED\n#6 [2/3] RUN apk add git\n#6 0.412 (1/6) Installing libcurl (8.5.0-r0)\n#7 [3/3] COPY . .\n",
    [33, 66, 100],
  ],
  "docker build, before BuildKit": [
    "Step 1/4 : FROM alpine\n ---> 05455a08881e\nStep 2/4 : RUN apk add git\nStep 3/4 : COPY . .\nStep 4/4 : CMD run\n",
    [50, 75, 100],
  ],
  "apt-get install": [
    "0 upgraded, 3 newly installed, 0 to remove.\nNeed to get 45.2 kB/612 kB of archives.\n" +
      "(Reading database ... \r(Reading database ... 5%\r(Reading database ... 50%\r(Reading database ... 100%\r" +
      "(Reading database ... 32154 files and directories currently installed.)\r\n",
    [5, 50, 100],
  ],
  "make, from CMake": [
    "make[1]: Entering directory '/src/build'\n[ 14%] Building C object CMakeFiles/demo.dir/m.c.o\n" +
      "[ 85%] Building C object CMakeFiles/demo.dir/f6.c.o\n[100%] Linking C executable demo\n[100%] Built target demo\n",
    [14, 85, 100],
  ],
  ninja: [
    "ninja: Entering directory `build'\n[1/8] Building C object f1.c.o\n[2/8] Building C object f2.c.o\n[8/8] Linking demo\n",
    [12, 25, 100],
  ],
  ctest: [
    "    Start 1: a\n1/4 Test #1: a ................................   Passed    0.09 sec\n    Start 2: b\n" +
      "2/4 Test #2: b ................................   Passed    0.00 sec\n\n100% tests passed, 0 tests failed out of 2\n",
    [50],
  ],
  pytest: [
    "collected 6 items\n\ntest_a.py ..                                             [ 33%]\n" +
      "test_b.py ..                                             [ 66%]\n" +
      "test_c.py ..                                             [100%]\n\n====== 6 passed in 0.05s ======\n",
    [33, 66, 100],
  ],
  "pytest -v": [
    "test_a.py::test_1 PASSED                                 [ 16%]\ntest_b.py::test_1[5] PASSED     [ 50%]\n",
    [16, 50],
  ],
  "cargo build": [
    "   Compiling demo v0.1.0 (/src/demo)\n    Building [=======>                     ] 12/45: demo(bin)      \r" +
      "    Building [===========================> ] 44/45: demo(bin)      \r    Finished `dev` profile in 0.66s\n",
    [26, 97],
  ],
  tqdm: ["\r  0%|          | 0/8 [00:00<?, ?it/s]\r 50%|█████     | 4/8 [00:01<00:01,  3.99it/s]", [0, 50]],
  pv: ["45.2MiB 0:00:01 [45.2MiB/s] [====>       ] 45% ETA 0:00:01\r", [45]],
  yarn: ["[1/4] Resolving packages...\n[2/4] Fetching packages...\n", [25, 50]],
  dnf: ["(1/4): git-2.43.0.rpm       1.2 MB/s |  52 kB     00:00\n(4/4): perl.rpm  9 MB/s | 4 MB  00:01\n", [25, 100]],
  "a build script on a Windows console": ["[1/2] compile\r\n[2/2] link\r\n", [50, 100]],
};

const NONE: Readonly<Record<string, string>> = {
  "npm ci":
    "npm warn deprecated inflight@1.0.6: not supported\n\nadded 345 packages, and audited 346 packages in 3s\n\n" +
    "45 packages are looking for funding\n  run `npm fund` for details\n\nfound 0 vulnerabilities\n",
  "go test -cover":
    "ok  \tdemo/a\t0.007s\tcoverage: 66.7% of statements\nok  \tdemo/b\t0.007s\tcoverage: 100.0% of statements\n",
  "jest --coverage":
    "=============== Coverage summary ===============\nStatements   : 85.71% ( 6/7 )\nBranches     : 100% ( 2/2 )\n" +
    "Functions    : 66.66% ( 2/3 )\nLines        : 85.71% ( 6/7 )\n================================================\n",
  "pytest --cov":
    "Name    Stmts   Miss  Cover\n---------------------------\na.py        4      3    25%\nb.py       12      2    83%\n" +
    "---------------------------\nTOTAL      16      5    69%\n",
  "cargo test": "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; finished in 0.00s\n",
  ffmpeg:
    "  Duration: 00:00:10.00, start: 0.000000, bitrate: 1205 kb/s\n" +
    "frame=  100 fps= 25 q=28.0 size=     256kB time=00:00:04.00 bitrate= 524.3kbits/s speed=1.99x    \r" +
    "frame=  200 fps= 25 q=28.0 size=     512kB time=00:00:08.00 bitrate= 524.3kbits/s speed=1.99x    \r",
  "df -h":
    "Filesystem      Size  Used Avail Use% Mounted on\ntmpfs           1.6G  2.1M  1.6G   1% /run\n" +
    "/dev/sda1        98G   45G   49G  48% /\n/dev/sdb1       252G  210G   42G  84% /data\n",
  "docker pull":
    "latest: Pulling from library/alpine\n4abcf2066143: Pulling fs layer\n4abcf2066143: Download complete\n" +
    "Digest: sha256:c5b1261d6d3e43071626931fc004f70149baeba2c8ec672bd4f27761f8e1ad6b\n",
  "tar cv": "home/a/3/10.txt\nhome/b/2026/11/21/\nhome/100%.txt\n",
  prose:
    "disk usage: 45%\nattempt (1/3) failed, trying again\nShowing 10 of 200 results\nBattery at 80 % now.\n" +
    "add 1/2 cup of sugar\n100% tests passed\n",
};

describe("progress is found in the output of", () => {
  it.each(Object.entries(PROGRESS))("%s", (_, [output, percentages]) => {
    expect(found(output)).toEqual(percentages);
  });
});

describe("none is found in the output of", () => {
  it.each(Object.entries(NONE))("%s", (_, output) => {
    expect(found(output)).toEqual([]);
  });
});
