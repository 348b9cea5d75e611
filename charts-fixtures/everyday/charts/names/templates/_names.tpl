{{/*
A library that several charts have a copy of.
*/}}
{{- define "names.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
