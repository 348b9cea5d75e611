{{- define "app.container" -}}
- name: {{ .name }}
  image: converge.test/busybox:{{ .root.Values.tag }}
  command: [sh, -c, {{ .script | quote }}]
{{- end }}

{{- define "app.idle" -}}
trap 'exit 0' TERM; sleep 3600 & wait
{{- end }}
