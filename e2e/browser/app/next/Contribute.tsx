"use client";
import { StoryreelUpload, type StoryreelUploadProps } from "@storyreel/react";

export function Contribute(props: StoryreelUploadProps) {
  return <StoryreelUpload {...props} onSubmitted={({ story }) => console.log("sent", story)} />;
}
